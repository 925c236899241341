extension JSONWriter {
    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        if let value = Int64(exactly: value) {
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            appendDigits(value.magnitude)
        } else if let value = UInt64(exactly: value) {
            appendDigits(value)
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    /// The shortest text that reads back as the same number, always with a fraction or an exponent (`72.0`), so that a
    /// reader with two kinds of number sees that this one is not an integer. JSON has no word for what is not finite:
    /// such a value becomes `null`.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        var text = value.description
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Exactly `decimals` digits (0...9) after the point, rounded to the nearest as the C library does it: by the exact
    /// value of the double, and to an even digit when that lies in the middle. Zero has no sign. A magnitude that
    /// leaves no room for the fraction is written in full precision instead.
    package mutating func number(_ value: Double, decimals: Int) {
        precondition((0...9).contains(decimals), "a double has no more than nine useful decimals here")
        guard value.isFinite else { return null() }
        let scale = Self.powersOfTen[decimals]
        let scaled = value.magnitude * Double(scale)
        guard scaled < 0x1p52 else { return number(value) }
        separate()
        let digits = Self.rounded(scaled, from: value.magnitude, scale: Double(scale))
        if value < 0 && digits > 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(digits / scale)
        guard decimals > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var fraction = digits % scale
        var unit = scale / 10
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / unit))
            fraction %= unit
            unit /= 10
        }
    }

    /// The product was rounded once already when it was computed; where it seems to lie in the middle between two
    /// integers, what that rounding took away decides.
    private static func rounded(_ product: Double, from value: Double, scale: Double) -> UInt64 {
        let floor = product.rounded(.down)
        let whole = UInt64(floor)
        let part = product - floor
        if part != 0.5 { return part < 0.5 ? whole : whole + 1 }
        let lost = (-product).addingProduct(value, scale)
        if lost != 0 { return lost < 0 ? whole : whole + 1 }
        return whole + whole % 2
    }

    private static let powersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    ]

    private mutating func appendDigits(_ value: UInt64) {
        if value >= 10 { appendDigits(value / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
