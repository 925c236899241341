import Events
import Foundation
import TestSupport
import Testing

@testable import Signals

@Suite("Heart signal against an independent reference") struct HeartReferenceTests {
    @Test("every reading of the reference table matches to the last digit")
    func table() throws {
        var signal = HeartSignal()
        var readings = 0
        for (number, line) in try Self.lines().enumerated() {
            switch try JSONDecoder().decode(ReferenceLine.self, from: line) {
            case .settings(let settings):
                signal = HeartSignal(settings)
            case .reading(let reading):
                readings += 1
                let rate = try signal.receive(reading.bpm, fingerDetected: reading.finger)
                #expect(reading.matches(rate), "line \(number + 1): \(rate)")
                #expect(reading.matches(signal.history.statistics), "line \(number + 1)")
            }
        }
        #expect(readings >= 3_000)
    }

    @Test("without outliers, the signal equals that of the original broker")
    func ordinaryInput() throws {
        var random = SeededGenerator(seed: 7)
        var standard = HeartSignal()
        var original = HeartSignal(try HeartSmoothing(outlierThreshold: 0))
        var bpm = 72.0
        for _ in 0..<5_000 {
            bpm = min(190, max(45, bpm + Double.random(in: -3.75...3.75, using: &random)))
            let finger = Int.random(in: 0..<50, using: &random) != 0
            let expected = try original.receive(bpm, fingerDetected: finger)
            #expect(try standard.receive(bpm, fingerDetected: finger) == expected)
            #expect(standard.history.statistics == original.history.statistics)
        }
    }

    private static func lines() throws -> [Data] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Reference/heart_reference.jsonl")
        return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
    }
}

/// One line of heart_reference.jsonl.
private enum ReferenceLine: Decodable {
    case settings(HeartSmoothing)
    case reading(ReferenceReading)

    init(from decoder: any Decoder) throws {
        if let reading = try? ReferenceReading(from: decoder) {
            self = .reading(reading)
        } else {
            self = .settings(try ReferenceSettings(from: decoder).smoothing)
        }
    }
}

private struct ReferenceReading: Decodable {
    let bpm: Double
    let finger: Bool
    /// Nil stands for `--`.
    let rate: Double?
    let how: String
    /// Mean, standard deviation, minimum, maximum, last.
    let statistics: [Double]?

    init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        bpm = try fields.decode(Double.self)
        finger = try fields.decode(Bool.self)
        rate = try? fields.decode(Double.self)
        if rate == nil { _ = try fields.decode(String.self) }
        how = try fields.decode(String.self)
        statistics = try fields.decodeNil() ? nil : fields.decode([Double].self)
    }

    func matches(_ result: HeartRate) -> Bool {
        switch result {
        case .rate(let rate, let origin): rate == self.rate && "\(origin)" == how
        case .none(let reason): rate == nil && "\(reason)" == how
        }
    }

    func matches(_ result: HeartStatistics?) -> Bool {
        result.map { [$0.mean, $0.standardDeviation, $0.minimum, $0.maximum, $0.last] } == statistics
    }
}

private struct ReferenceSettings: Decodable {
    let enabled: Bool
    let alpha, outlierThreshold, minimum, maximum: Double
    let outlierWindow, historyLength, startupReadings: Int

    var smoothing: HeartSmoothing {
        get throws {
            try HeartSmoothing(
                enabled: enabled, alpha: alpha, outlierThreshold: outlierThreshold, outlierWindow: outlierWindow,
                historyLength: historyLength, minimum: minimum, maximum: maximum, startupReadings: startupReadings)
        }
    }
}
