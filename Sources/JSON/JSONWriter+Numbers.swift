extension JSONWriter {
    /// Any integer; those of 64 bits and fewer are written without a detour.
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
        value(atMost: 21) { pen in
            if isNegative { pen.put(UInt8(ascii: "-")) }
            pen.put(digitsOf: magnitude)
        }
    }

    /// The shortest text that reads back as the same number, always with a fraction or an exponent (`72.0`), so that a
    /// reader with two kinds of number sees that this one is not an integer. JSON has no word for what is not finite:
    /// such a value becomes `null`.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        if value.magnitude < 1e16, case let whole = Int64(value), Double(whole) == value, whole != 0 {
            // What most devices send, and ten times cheaper than the general way. Above 2^53, where that would use an
            // exponent already, Python does not yet.
            return number(units: 10 * whole, decimals: 1)
        }
        if let decimal = ShortestDecimal(value.magnitude) {
            return number(isNegative: value < 0, units: decimal.units, decimals: decimal.decimals)
        }
        var text = value.description
        text.withUTF8 { text in
            self.value(atMost: text.count) { $0.put(text) }
        }
    }

    /// `units` divided by ten to the power of `decimals` (1...9), in as few digits as that takes, but at least one behind
    /// the point: what `number` writes for the nearest double, as long as that is exact to the last unit and at least
    /// 0.0001.
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
        self.value(atMost: 23) { pen in
            if isNegative { pen.put(UInt8(ascii: "-")) }
            pen.put(digitsOf: units / scale)
            pen.put(UInt8(ascii: "."))
            pen.put(digitsOf: units % scale, width: decimals)
        }
    }

    /// Exactly `decimals` digits (0...9) after the point, rounded to the nearest as the C library does it: by the exact
    /// value of the double, and to an even digit when that lies in the middle. Zero has no sign. A magnitude that
    /// leaves no room for the fraction is written in full precision instead.
    package mutating func number(_ value: Double, decimals: Int) {
        precondition((0...9).contains(decimals), "a double has no more than nine useful decimals here")
        guard value.isFinite else { return null() }
        let scale = PowersOfTen.all[decimals]
        guard let units = JSONDecimals.units(of: value.magnitude, scale: scale) else { return number(value) }
        self.value(atMost: 40) { pen in
            if value < 0 && units > 0 { pen.put(UInt8(ascii: "-")) }
            pen.put(digitsOf: units / scale)
            guard decimals > 0 else { return }
            pen.put(UInt8(ascii: "."))
            pen.put(digitsOf: units % scale, width: decimals)
        }
    }
}

/// Fixed decimals: how many tenths, hundredths… a number has.
private enum JSONDecimals {
    /// `value * scale`, rounded to the nearest; nil when that is too large to have a fraction at all.
    static func units(of value: Double, scale: UInt64) -> UInt64? {
        let product = value * Double(scale)
        guard product < 0x1p52 else { return nil }
        let whole = UInt64(product)
        let part = product - Double(whole)
        if part != 0.5 { return part < 0.5 ? whole : whole + 1 }
        // The product was rounded once already when it was computed; where it seems to lie in the middle between two
        // integers, what that rounding took away decides.
        let lost = (-product).addingProduct(value, Double(scale))
        if lost != 0 { return lost < 0 ? whole : whole + 1 }
        return whole + whole % 2
    }
}
