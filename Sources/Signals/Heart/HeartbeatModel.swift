import Clocks
import Random

/// A simulated heart: a resting rate with natural fluctuation, a fast rise under stress and a slow recovery.
///
/// The model advances in steps of half a second and is a pure function of its seed and its inputs: the same seed and the
/// same calls give the same samples. One step:
/// 1. **Stress.** During a stress test it is 0.7 to 0.95; otherwise 2 % of the steps begin a spike of 0.3 to 0.9. Without
///    a test, stress falls by 2 % per step.
/// 2. **Target.** Stress above 0.3 raises the rate, by 50 BPM at full stress. The rate covers 10 % of the distance to its
///    target per step.
/// 3. **Output.** The rate fluctuates by up to 2.5 BPM and stays within 60 to 180. Blood pressure rises with stress.
package struct HeartbeatModel: Sendable {
    package static let interval = Nanoseconds.milliseconds(500)
    package static let defaultBaseline = 72
    package static let baselines = 40...120
    package static let rates = 60...180
    static let stressTestSteps = 10
    static let spikeProbability = 0.02

    package struct Sample: Hashable, Sendable {
        package let rate: Int
        /// The variability of the heart rate, 0 to 1: high at rest, low under stress.
        package let variability: Double
        package let stress: Double
        package let systolic: Int
        package let diastolic: Int
    }

    /// The resting rate in beats per minute.
    package var baseline = defaultBaseline
    /// The rate before fluctuation.
    package private(set) var rate = Double(defaultBaseline)
    /// From 0 to 1.
    package private(set) var stress = 0.0
    private var remainingTestSteps = 0
    private var random: SeededRandom

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// The same heart with other random numbers.
    package func reseeded(with seed: UInt64) -> Self {
        var model = self
        model.random = SeededRandom(seed: seed)
        return model
    }

    /// Returns to rest; the random numbers continue.
    package mutating func reset() {
        rate = Double(baseline)
        stress = 0
        remainingTestSteps = 0
    }

    /// Sets the resting rate and the present rate.
    package mutating func setNormalRate(_ baseline: Int) {
        self.baseline = baseline
        rate = Double(baseline)
    }

    /// Five seconds of high stress.
    package mutating func beginStressTest() {
        remainingTestSteps = Self.stressTestSteps
    }

    /// Raises stress to at least `level`. NaN has no effect.
    package mutating func raiseStress(to level: Double) {
        if level > stress { stress = min(level, 1) }
    }

    package mutating func step() -> Sample {
        if remainingTestSteps > 0 {
            remainingTestSteps -= 1
            stress = random.uniform(0.7...0.95)
        } else {
            if random.uniform(0...1) < Self.spikeProbability { stress = random.uniform(0.3...0.9) }
            stress *= 0.98
        }
        let target = Double(baseline) + (stress > 0.3 ? 50 * (stress - 0.3) / 0.7 : 0)
        rate += (target - rate) * 0.1
        let shown = (rate + random.uniform(-2.5...2.5)).rounded(.toNearestOrEven)
        let rise = 30 * stress
        let systolic = 120 + rise + random.uniform(-5...5)
        let diastolic = 80 + rise * 0.5 + random.uniform(-3...3)
        let variability = (0.45 - 0.35 * stress) * random.uniform(0.8...1.2)
        return Sample(
            rate: Int(shown).clamped(to: Self.rates), variability: variability.roundedToThousandths,
            stress: stress.roundedToThousandths, systolic: Int(systolic).clamped(to: 90...180),
            diastolic: Int(diastolic).clamped(to: 60...110))
    }
}

/// Faults of a simulated heart, so that clients can be tested with bad data.
package struct HeartbeatFaults: Sendable {
    /// The probability that a sample is lost.
    package var dropout = 0.0
    /// The largest deviation that is added to a rate, in beats per minute.
    package var noise = 0.0
    /// Whether every sample repeats the last one.
    package var isFrozen = false
    private var random = SeededRandom(seed: 0)
    private var last: HeartbeatModel.Sample?

    package init() {}

    package mutating func reseed(with seed: UInt64) {
        random = SeededRandom(seed: seed)
        last = nil
    }

    /// The sample as the faults change it; nil if it is lost.
    package mutating func apply(to sample: HeartbeatModel.Sample) -> HeartbeatModel.Sample? {
        if dropout > 0, random.uniform(0...1) < dropout { return nil }
        if isFrozen, let last { return last }
        var sample = sample
        if noise > 0 {
            let rate = Double(sample.rate) + random.uniform(-noise...noise)
            sample = HeartbeatModel.Sample(
                rate: Int(rate).clamped(to: HeartbeatModel.rates), variability: sample.variability,
                stress: sample.stress, systolic: sample.systolic, diastolic: sample.diastolic)
        }
        last = sample
        return sample
    }
}

extension Double {
    var roundedToThousandths: Double { (self * 1_000).rounded(.toNearestOrEven) / 1_000 }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
