import Clocks

/// A SplitMix64 generator: the same seed gives the same numbers on every machine, so that faults can be reproduced.
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

/// A fault at a set time after power-on. Faults of single frames or messages affect all within the interval.
package struct ScheduledFault<Fault: Hashable & Sendable>: Hashable, Sendable {
    package let fault: Fault
    package let start: Nanoseconds
    package let duration: Nanoseconds

    package init(_ fault: Fault, at start: Nanoseconds, for duration: Nanoseconds) {
        self.fault = fault
        self.start = start
        self.duration = duration
    }

    func isActive(at time: Nanoseconds) -> Bool {
        time >= start && time < start + duration
    }
}

func littleEndianBytes(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
}

func bigEndianBytes(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
}

/// Approximates a sine for a phase from 0 to 1 by two parabolas.
func approximateSine(_ phase: Double) -> Double {
    let half = phase < 0.5 ? phase * 2 : phase * 2 - 1
    let arch = 4 * half * (1 - half)
    return phase < 0.5 ? arch : -arch
}
