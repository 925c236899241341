/// A number as people write it: an optional sign, digits, perhaps a fraction. No exponents, no hexadecimal, no
/// infinities, and no leading zeros, which YAML 1.1 would take for octal.
struct DecimalNumber: Equatable {
    let value: Double
    let isWhole: Bool

    init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: Self.isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
        rest = rest.dropFirst(whole.count)
        isWhole = rest.isEmpty
        if !rest.isEmpty {
            guard rest.first == UInt8(ascii: "."), rest.count > 1, rest.dropFirst().allSatisfy(Self.isDigit) else {
                return nil
            }
        }
        guard let value = Double(text), value.isFinite else { return nil }
        self.value = value
    }

    /// The shortest text that reads back as the same finite number: no exponent, and no `.0` behind a whole one.
    static func text(_ value: Double) -> String {
        let parts = "\(value.magnitude)".split(separator: "e")
        let digits = parts[0].split(separator: ".")
        let whole = String(digits[0])
        let fraction = digits.count > 1 && digits[1] != "0" ? String(digits[1]) : ""
        let sign = value < 0 ? "-" : ""
        guard parts.count > 1, let exponent = Int(parts[1]) else {
            return sign + whole + (fraction.isEmpty ? "" : ".\(fraction)")
        }
        // With an exponent, one digit stands before the point.
        guard exponent >= 0 else {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + whole + fraction
        }
        return sign + whole + fraction + String(repeating: "0", count: max(exponent - fraction.count, 0))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
