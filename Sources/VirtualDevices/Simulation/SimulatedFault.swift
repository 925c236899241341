import Clocks
import Events

/// The faults that virtual devices can play, with their names on the command line and in scripts.
package enum SimulatedFault: String, CaseIterable, Sendable {
    case pushOff = "push-off"
    case lost
    case reset
    case smallMTU = "small-mtu"
    case droppedBytes = "dropped-bytes"
    case modeSwitch = "mode-switch"
    case noContact = "no-contact"
    case wideRates = "wide-rates"
    case countsFromZero = "counts-from-zero"
    case noise
    case halfFrame = "half-frame"
    case falseHeaders = "false-headers"
    case deadCell = "dead-cell"
    case stuckCell = "stuck-cell"
    case finger
    case range
    case dropout
    case reboot
    case malformed
    case missingAxis = "missing-axis"
    case missingTime = "missing-time"
    case twice
    case late
    case nullSession = "null-session"
    case truncated
    case test

    package static func all(of device: DeviceFamily) -> [SimulatedFault] {
        switch device {
        case .amgCommander: [.pushOff, .lost, .reset]
        case .bt50: [.smallMTU, .droppedBytes, .modeSwitch, .reset]
        case .esp32Heart: [.finger, .range, .dropout, .reboot, .malformed]
        case .heartStrap: [.noContact, .wideRates]
        case .pressureMat: [.droppedBytes, .noise, .halfFrame, .falseHeaders, .deadCell, .stuckCell, .reset]
        case .sensorLogger: [.lost, .twice, .late, .truncated, .missingAxis, .missingTime, .nullSession, .test]
        case .sgTimer: []
        case .specialPie: [.countsFromZero]
        }
    }

    /// Whether a script can schedule the fault. Others are permanent or only random.
    package func canBeScheduled(on device: DeviceFamily) -> Bool {
        switch self {
        case .pushOff, .smallMTU, .wideRates, .countsFromZero: false
        case .lost: device != .amgCommander
        case .droppedBytes: device != .bt50
        default: true
        }
    }

    /// A description for the help text.
    package var summary: String {
        switch self {
        case .pushOff: "the timer does not push, and its screen is requested every second"
        case .lost: "some notifications or messages are lost"
        case .reset: "the device restarts, and its counters start again"
        case .smallMTU: "the MTU is not raised, and notifications are truncated to 20 bytes"
        case .droppedBytes: "bytes are missing within a notification or frame"
        case .modeSwitch: "the sensor is switched between amplitudes and momentary values"
        case .noContact: "the strap loses skin contact"
        case .wideRates: "rates have 16 bits"
        case .countsFromZero: "the first shot has the number 0"
        case .noise: "random bytes precede a frame"
        case .halfFrame: "the second half of a frame is missing"
        case .falseHeaders: "cells contain the bytes of a header or trailer"
        case .deadCell: "a cell always reads no pressure"
        case .stuckCell: "a cell always reads full pressure"
        case .finger: "the finger is lifted"
        case .range: "the rate is impossible"
        case .dropout: "the wireless network is lost for some seconds"
        case .reboot: "the board restarts, and its clock starts again"
        case .malformed: "a message is malformed"
        case .missingAxis: "a reading lacks an axis"
        case .missingTime: "a reading has no time"
        case .twice: "a message arrives twice"
        case .late: "a message arrives after the following one"
        case .nullSession: "a message has no session"
        case .truncated: "a message is truncated"
        case .test: "the app's test button is pressed"
        }
    }
}

/// The times of a device's faults: scheduled ones from a script, and random ones.
struct FaultSchedule {
    let script: [SimulationScript.Fault]
    private let randomFaults: Set<SimulatedFault>
    private let seed: UInt64
    private let horizon: Nanoseconds

    init(_ device: SimulatedDevice) {
        let own = SimulatedFault.all(of: device.family)
        script = (device.script?.faults ?? []).filter { own.contains($0.fault) }
        randomFaults = device.faults
        seed = device.seed
        horizon = device.horizon
    }

    func times(of fault: SimulatedFault, every mean: Nanoseconds) -> [Nanoseconds] {
        spans(of: fault, every: mean, lasting: 0...0).map(\.start)
    }

    /// - Parameters:
    ///   - mean: the mean interval between random faults.
    ///   - seconds: the duration of random faults.
    func spans(
        of fault: SimulatedFault, every mean: Nanoseconds, lasting seconds: ClosedRange<Double>
    ) -> [(start: Nanoseconds, end: Nanoseconds)] {
        var spans = script.filter { $0.fault == fault }.map { (start: $0.start, end: $0.start + $0.duration) }
        if randomFaults.contains(fault) {
            // Each fault has its own random sequence, so that adding a fault does not affect the others.
            let index = SimulatedFault.allCases.firstIndex(of: fault) ?? 0
            var random = SeededRandom(seed: seed &+ UInt64(index + 1) &* 0x9E37_79B9)
            var time = mean * .random(in: 0.2...1, using: &random)
            while time < horizon {
                let end = time + Nanoseconds(seconds: .random(in: seconds, using: &random))
                spans.append((time, end))
                time = end + mean * .random(in: 0.5...1.5, using: &random)
            }
        }
        return spans.sorted { $0.start < $1.start }
    }
}

extension Nanoseconds {
    fileprivate static func * (left: Self, right: Double) -> Self { Self(seconds: left.inSeconds * right) }
}

extension SimulatedFault {
    var boardFault: HeartBoardFault? {
        switch self {
        case .finger: .fingerLifted
        case .range: .outOfRange
        case .dropout: .dropOut
        case .reboot: .reboot
        case .malformed: .malformed(.truncated)
        default: nil
        }
    }

    func matFault(_ size: (rows: Int, columns: Int), _ random: inout SeededRandom) -> VirtualMatFault? {
        let row = Int.random(in: 0..<size.rows, using: &random)
        let column = Int.random(in: 0..<size.columns, using: &random)
        return switch self {
        case .droppedBytes: .droppedBytes(.random(in: 1...5, using: &random))
        case .noise: .noise(.random(in: 1...40, using: &random))
        case .halfFrame: .halfFrame
        case .falseHeaders: .falseHeaders
        case .reset: .reset
        case .deadCell: .deadCell(row: row, column: column)
        case .stuckCell: .stuckCell(row: row, column: column)
        default: nil
        }
    }
}
