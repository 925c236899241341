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

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
