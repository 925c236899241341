import Clocks

/// How a target calms down: by half in a time of its own, which is learnt from each blow that nothing disturbed. What
/// rises above that is another blow.
struct RingDown: Sendable {
    /// In seconds.
    private(set) var halfLife = 0.06
    private var learntMotions = 0
    private var level = 0.0
    private var time: MonotonicTime?

    private static let limits = 0.015...0.4

    mutating func begin(_ sample: MotionLevel) {
        (level, time) = (sample.level, sample.time)
    }

    /// What is expected of this sample, and goes on from the larger of the two.
    mutating func updateExpectation(with sample: MotionLevel) -> Double {
        let expected = level * Self.share(after: sample.time - (time ?? sample.time), halfLife: halfLife)
        (level, time) = (max(expected, sample.level), sample.time)
        return expected
    }

    mutating func learn(from blow: ActiveMotion, interval: Nanoseconds) {
        guard blow.peak >= blow.peakLimit else { return }
        let seen = (blow.lastAboveHalf - blow.peakTime).inSeconds + interval.inSeconds / 2
        learntMotions = min(learntMotions + 1, 5)
        let learnt = halfLife + (seen - halfLife) / Double(learntMotions)
        halfLife = min(max(learnt, Self.limits.lowerBound), Self.limits.upperBound)
    }

    /// What is left of 1 after a while: halvings, with a straight line within each.
    private static func share(after time: Nanoseconds, halfLife: Double) -> Double {
        let halvings = max(0, time.inSeconds / halfLife)
        guard halvings < 60 else { return 0 }
        let whole = halvings.rounded(.down)
        return Double(sign: .plus, exponent: -Int(whole), significand: 1) * (1 - (halvings - whole) / 2)
    }
}
