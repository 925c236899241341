/// A SplitMix64 generator: the same seed gives the same numbers on every machine, so that simulations can be repeated.
package struct SeededRandom: RandomNumberGenerator, Hashable, Sendable {
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

    /// A number of the range from the upper 53 bits of the next one: independent of the standard library's method, which
    /// may change.
    package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(next() >> 11) * 0x1p-53)
    }

    /// Returns true with the given probability.
    package mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }

    /// An approximately normal distribution, limited to 3.5 deviations: the sum of four uniform numbers.
    package mutating func normal(mean: Double, deviation: Double) -> Double {
        var sum = -2.0
        for _ in 0..<4 { sum += .random(in: 0..<1, using: &self) }
        return mean + deviation * sum * 1.732_050_8
    }
}
