/// Random numbers that are the same for the same seed, on every machine: SplitMix64. A virtual device that has gone
/// wrong can be watched going wrong again.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True once in `1 / probability` times.
    package mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }

    /// Close to a normal distribution, and never beyond 3.5 deviations: the sum of four evenly spread numbers.
    package mutating func normal(mean: Double, deviation: Double) -> Double {
        var sum = -2.0
        for _ in 0..<4 { sum += .random(in: 0..<1, using: &self) }
        return mean + deviation * sum * 1.732_050_8
    }
}
