/// The shortest decimal number that reads back as a given double, by integers alone: for the numbers that devices measure
/// and gateways average. It is the number that `description` shows; but that makes a string of it, on the heap, and
/// brings a machinery along that serves for all doubles.
package struct ShortestDecimal {
    /// The number is `units` divided by ten to the power of `decimals`.
    let units: UInt64
    let decimals: Int

    /// Nil for a number that is better left to the standard library: a whole one, one of unusual magnitude, or one whose
    /// shortest form takes a closer look.
    package init?(_ magnitude: Double) {
        let exponent = Int(magnitude.exponentBitPattern) - 1_023
        let fraction = magnitude.significandBitPattern
        // The neighbour below a power of two is only half as far away as the one above.
        guard Self.exponents.contains(exponent), fraction != 0 else { return nil }
        let significand = 1 << 52 | fraction
        let shift = UInt64(52 - exponent)
        let half: UInt64 = 1 << (shift - 1)
        for decimals in 1..<PowersOfTen.all.count {
            let scale = PowersOfTen.all[decimals]
            // The number in units, as a whole part and a remainder of 2^shift.
            let product = significand.multipliedFullWidth(by: scale)
            guard product.high >> shift == 0 else { return nil }
            let remainder = product.low & (half << 1 - 1)
            var units = product.high << (64 - shift) | product.low >> shift
            let distance = remainder < half ? remainder : (half << 1) - remainder
            // Whatever lies within half a step of the double on either side reads back as that double.
            if distance < scale / 2 {
                if remainder >= half { units += 1 }
                guard remainder != half else { return nil }
                self.units = units
                self.decimals = decimals
                return
            }
            guard distance != scale / 2 else { return nil }
        }
        return nil
    }

    /// From about 0.001 to a billion: there the remainder fits into a word.
    private static let exponents = -10...30
}

enum PowersOfTen {
    /// Those that a word can hold.
    static let all: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]
}
