import Clocks

/// A foot that steps on a mat and off again: heel first, then all of it, then the toes. What it presses at any moment is
/// known exactly, so that whoever decodes the mat can be held against it.
package struct VirtualFoot: Hashable, Sendable {
    /// From one step to the next, and how much of that the foot is down.
    package let stepInterval: Nanoseconds
    package let contactTime: Nanoseconds
    /// The pressure in the middle of the foot when all weight is on it.
    package let weight: Double
    /// Where the foot lands: its middle, as a share of the mat's width.
    private let place: Double

    package init(seed: UInt64, stepInterval: Nanoseconds = .milliseconds(1_100), weight: Double = 90) {
        var random = SeededRandom(seed: seed)
        self.stepInterval = max(stepInterval, .milliseconds(1))
        contactTime = Nanoseconds(self.stepInterval.count * 6 / 10)
        self.weight = weight
        place = .random(in: 0.4...0.6, using: &random)
    }

    /// Whether the foot is on the mat. Each interval begins with a step.
    package func isDown(at time: Nanoseconds) -> Bool {
        phase(at: time) < 1
    }

    /// The pressure from 0 to 100 at a place, as shares of the mat's length (0 at the toes) and width.
    package func pressure(along length: Double, across width: Double, at time: Nanoseconds) -> Double {
        let phase = phase(at: time)
        guard phase < 1 else { return 0 }
        // The weight rolls from the heel to the toes, and is greatest in between.
        let center = 0.9 - 0.8 * phase
        let roll = max(0, 1 - abs(length - center) * 1.6)
        let edge = max(0, 1 - abs(width - place) * 2.5)
        let load = min(1, 4 * phase * (1 - phase) + 0.3)
        return min(100, weight * load * roll * edge)
    }

    /// From 0 to 1 while the foot is down, and above 1 while it is not.
    private func phase(at time: Nanoseconds) -> Double {
        Double(max(0, time.count) % stepInterval.count) / Double(contactTime.count)
    }
}
