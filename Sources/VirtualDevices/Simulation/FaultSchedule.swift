import Clocks

/// When something goes wrong with a device: at the times that a script sets, and again and again by chance where that
/// was asked for.
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
    ///   - mean: from one time to the next, where chance has its way.
    ///   - seconds: how long it takes then.
    func spans(
        of fault: SimulatedFault, every mean: Nanoseconds, lasting seconds: ClosedRange<Double>
    ) -> [(start: Nanoseconds, end: Nanoseconds)] {
        var spans = script.filter { $0.fault == fault }.map { (start: $0.start, end: $0.start + $0.duration) }
        if randomFaults.contains(fault) {
            // Each fault has dice of its own, so that one more of them does not move the others.
            let place = SimulatedFault.allCases.firstIndex(of: fault) ?? 0
            var random = SeededRandom(seed: seed &+ UInt64(place + 1) &* 0x9E37_79B9)
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
