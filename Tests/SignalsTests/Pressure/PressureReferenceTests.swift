import Events
import Foundation
import JSON
import Testing

@testable import Signals

@Suite("Statistics of pressure frames against an independent reference") struct PressureReferenceTests {
    @Test("every value of the reference table matches to the last digit")
    func table() throws {
        var values = 0
        for (number, line) in try Self.lines().enumerated() {
            let workout = try JSONValue(parsing: [UInt8](line), limits: .reference)
            let rows = Int(try #require(workout["rows"]?.integerValue))
            let columns = Int(try #require(workout["columns"]?.integerValue))
            let kind = try #require(workout["cells"]?.stringValue)
            var generator = ReferenceGenerator(state: UInt64(try #require(workout["seed"]?.integerValue)))
            var calculator = PressureStatisticsCalculator(ignoresMissingCells: workout["ignored"]?.booleanValue == true)
            var smoothing = StatisticsSmoothing()
            for frame in try #require(workout["frames"]?.arrayValue) {
                let cells = (0..<rows * columns).map { _ in generator.cell(kind) }
                let matrix = try #require(PressureMatrix(rows: rows, columns: columns, cells: cells))
                let raw = calculator.statistics(of: matrix)
                let smoothed = smoothing.smooth(raw)
                #expect(Self.numbers(raw) == Self.numbers(frame[0]), "line \(number + 1)")
                #expect(Self.numbers(smoothed) == Self.numbers(frame[1]), "line \(number + 1)")
                values += 2 * 6 * raw.values.count
            }
        }
        #expect(values > 10_000)
    }

    private static func numbers(_ statistics: PressureStatistics) -> [Double] {
        statistics.values.flatMap { $0.members.map(\.value) }
    }

    private static func numbers(_ table: JSONValue?) -> [Double] {
        (table?.arrayValue ?? []).flatMap { ($0.arrayValue ?? []).compactMap(\.doubleValue) }
    }

    private static func lines() throws -> [Data] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Reference/pressure_reference.jsonl")
        return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
    }
}

/// Generates the cells of the reference.
private struct ReferenceGenerator {
    var state: UInt64

    mutating func cell(_ kind: String) -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let number = Double(state >> 48)
        if kind != "whole", (state >> 48) % 11 == 0 { return -1 }
        switch kind {
        case "whole": return Double((state >> 48) % 101)
        case "sixteen_bits": return number * 100 / 65_535
        case "tenths": return Double((state >> 48) % 1_000) / 10
        default: return (number - 20_000) * 1.0e7 / 3
        }
    }
}

extension JSONLimits {
    fileprivate static let reference = JSONLimits(
        depth: 8, bytes: 1 << 20, stringBytes: 64, members: 1 << 16, numberBytes: 64)
}
