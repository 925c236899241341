import Clocks
import Devices
import Events

/// A fault that a virtual device can play. Each device declares its own; faults with the same name are equal, so that a
/// script can schedule them for several devices.
package struct SimulatedFault: Hashable, Sendable {
    /// The name on the command line and in scripts.
    package let name: String
    /// A description for the help text.
    package let summary: String
    /// Whether a script can schedule the fault. Others are permanent or only random.
    package private(set) var canBeScheduled: Bool
    /// Selects the random sequence of the fault.
    let sequence: UInt64

    /// - Parameter sequence: nil derives it from the name.
    package init(_ name: String, _ summary: String, canBeScheduled: Bool = true, sequence: UInt64? = nil) {
        self.name = name
        self.summary = summary
        self.canBeScheduled = canBeScheduled
        self.sequence = sequence ?? name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The same fault of a device that can only play it at random.
    package var unscheduled: Self {
        var fault = self
        fault.canBeScheduled = false
        return fault
    }

    package static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// A fault of any device.
    package static func named(_ name: String) -> SimulatedFault? {
        DeviceDrivers.simulated.lazy.flatMap(\.faults).first { $0.name == name }
    }
}

/// Faults of several devices.
extension SimulatedFault {
    package static let lost = SimulatedFault("lost", "some notifications or messages are lost", sequence: 2)
    package static let reset = SimulatedFault(
        "reset", "the device restarts, and its counters start again", sequence: 3)
    package static let droppedBytes = SimulatedFault(
        "dropped-bytes", "bytes are missing within a notification or frame", sequence: 5)
}

/// The times of a device's faults: scheduled ones from a script, and random ones.
package struct FaultSchedule {
    /// The faults of the device.
    let faults: [SimulatedFault]
    /// Those of the script that concern the device.
    let script: [SimulationScript.Fault]
    private let randomFaults: Set<SimulatedFault>
    private let seed: UInt64
    private let horizon: Nanoseconds

    init(_ device: SimulatedDevice) {
        let faults = DeviceDrivers.simulated(device.family)?.faults ?? []
        self.faults = faults
        script = (device.script?.faults ?? []).filter { faults.contains($0.fault) }
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
            var random = SeededRandom(seed: seed &+ fault.sequence &* 0x9E37_79B9)
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
