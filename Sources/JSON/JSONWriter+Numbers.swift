extension JSONWriter {
    /// Any integer; the fast path covers 64 bits.
    @inlinable
    package mutating func integer(_ value: some BinaryInteger) {
        if let value = Int64(exactly: value) {
            integer(isNegative: value < 0, magnitude: value.magnitude)
        } else if let value = UInt64(exactly: value) {
            integer(isNegative: false, magnitude: value)
        } else {
            raw(Array(value.description.utf8)[...])
        }
    }

    @usableFromInline
    mutating func integer(isNegative: Bool, magnitude: UInt64) {
        value(atMost: 21) { span in
            if isNegative { span.put(UInt8(ascii: "-")) }
            span.put(digitsOf: magnitude)
        }
    }

    /// The shortest text that reads back as the same number, always with a fraction or an exponent (`72.0`), so that
    /// readers see a floating-point number. JSON cannot represent infinity and NaN: they become `null`.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        if value.magnitude < 1e16, case let whole = Int64(value), Double(whole) == value, whole != 0 {
            // The common case for devices, ten times faster than the general one. Above 2^53 `description` would use an
            // exponent, Python's format does not yet.
            return self.value(atMost: 23) { span in
                if whole < 0 { span.put(UInt8(ascii: "-")) }
                span.put(digitsOf: whole.magnitude)
                span.put(UInt8(ascii: "."))
                span.put(UInt8(ascii: "0"))
            }
        }
        if let decimal = ShortestDecimal(value.magnitude) {
            return number(isNegative: value < 0, units: decimal.units, decimals: decimal.decimals)
        }
        var text = value.description
        text.withUTF8 { text in
            self.value(atMost: text.count) { $0.put(text) }
        }
    }

    /// `units` divided by ten to the power of `decimals` (1...9), with as few decimals as possible but at least one:
    /// the same text as `number` for the nearest Double, if that is exact to the last unit and at least 0.0001.
    package mutating func number(units: Int64, decimals: Int) {
        var (magnitude, decimals) = (units.magnitude, decimals)
        while decimals > 1, magnitude % 10 == 0 {
            magnitude /= 10
            decimals -= 1
        }
        number(isNegative: units < 0, units: magnitude, decimals: decimals)
    }

    @inline(never)
    private mutating func number(isNegative: Bool, units: UInt64, decimals: Int) {
        let scale = PowersOfTen.all[decimals]
        let whole = units / scale
        self.value(atMost: 23) { span in
            if isNegative { span.put(UInt8(ascii: "-")) }
            span.put(digitsOf: whole)
            span.put(UInt8(ascii: "."))
            span.put(digitsOf: units - whole * scale, width: decimals)
        }
    }

    /// Exactly `decimals` digits (0...9) after the point, rounded like the C library: by the exact value of the Double,
    /// ties to even. Zero has no sign. A magnitude too large for a fraction is written in full precision instead.
    package mutating func number(_ value: Double, decimals: Int) {
        precondition((0...9).contains(decimals), "decimals must be 0...9")
        guard value.isFinite else { return null() }
        let scale = PowersOfTen.all[decimals]
        guard let units = JSONDecimals.units(of: value.magnitude, scale: scale) else { return number(value) }
        self.value(atMost: 40) { span in
            if value < 0 && units > 0 { span.put(UInt8(ascii: "-")) }
            span.put(digitsOf: units / scale)
            guard decimals > 0 else { return }
            span.put(UInt8(ascii: "."))
            span.put(digitsOf: units % scale, width: decimals)
        }
    }
}

private enum JSONDecimals {
    /// `value * scale`, rounded to nearest; nil if that is too large to have a fraction.
    static func units(of value: Double, scale: UInt64) -> UInt64? {
        let product = value * Double(scale)
        guard product < 0x1p52 else { return nil }
        let whole = UInt64(product)
        let part = product - Double(whole)
        if part != 0.5 { return part < 0.5 ? whole : whole + 1 }
        // The product is already rounded. If it seems to be a tie, the rounding error decides.
        let lost = (-product).addingProduct(value, Double(scale))
        if lost != 0 { return lost < 0 ? whole : whole + 1 }
        return whole + whole % 2
    }
}

/// The shortest decimal number that reads back as a given Double, computed with integers, for the range of measured
/// values. It equals `description`, which allocates a string and supports all values.
package struct ShortestDecimal {
    /// The number is `units` divided by ten to the power of `decimals`.
    let units: UInt64
    let decimals: Int

    /// Nil for numbers left to the standard library: integers, unusual magnitudes, and ambiguous shortest forms.
    package init?(_ magnitude: Double) {
        let exponent = Int(magnitude.exponentBitPattern) - 1_023
        let fraction = magnitude.significandBitPattern
        // The neighbour below a power of two is only half as far away as the one above.
        guard Self.exponents.contains(exponent), fraction != 0 else { return nil }
        let search = Search(significand: 1 << 52 | fraction, shift: UInt64(52 - exponent))
        // If a number of decimals suffices, every larger one does. Few are the usual case.
        var (low, high) = (0, PowersOfTen.all.count)
        for decimals in 1...3 where low == decimals - 1 {
            guard let fits = search.suffices(decimals) else { return nil }
            if fits { high = decimals } else { low = decimals }
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            guard let fits = search.suffices(middle) else { return nil }
            if fits { high = middle } else { low = middle }
        }
        guard high < PowersOfTen.all.count, let units = search.units(high) else { return nil }
        self.units = units
        decimals = high
    }

    /// A Double whose value is the significand divided by 2^shift.
    private struct Search {
        let significand: UInt64
        let shift: UInt64

        /// Whether the nearest number with so many decimals reads back as this Double: any value within half a step on either
        /// side does. Nil if it is exactly that far away. Too many decimals for 64 bits suffice.
        @inline(__always)
        func suffices(_ decimals: Int) -> Bool? {
            let scale = PowersOfTen.all[decimals]
            let product = significand.multipliedFullWidth(by: scale)
            guard product.high >> shift == 0 else { return true }
            let remainder = product.low & (1 << shift - 1)
            let distance = min(remainder, 1 << shift - remainder)
            return distance == scale / 2 ? nil : distance < scale / 2
        }

        /// The nearest number with so many decimals. Nil if two are equally near, or if it does not fit into 64 bits.
        func units(_ decimals: Int) -> UInt64? {
            let product = significand.multipliedFullWidth(by: PowersOfTen.all[decimals])
            guard product.high >> shift == 0 else { return nil }
            let half: UInt64 = 1 << (shift - 1)
            let remainder = product.low & (half << 1 - 1)
            guard remainder != half else { return nil }
            return (product.high << (64 - shift) | product.low >> shift) + (remainder > half ? 1 : 0)
        }
    }

    /// About 0.001 to one billion: there the remainder fits into 64 bits.
    private static let exponents = -10...30
}

enum PowersOfTen {
    /// All powers of ten that fit into 64 bits.
    static let all: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]
}
