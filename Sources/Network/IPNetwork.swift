/// The addresses with the same first bits: `192.168.4.0/24`, `fd00::/8`, or one address.
package struct IPNetwork: Hashable, Sendable {
    /// Why a text is no network.
    package enum ParseError: Error, Hashable, Sendable {
        case noAddress
        /// The number after the slash must not be above this one.
        case invalidPrefix(longest: Int)
    }

    /// As it was written.
    package let text: String
    private let first: IPAddress
    private let mask: IPAddress

    /// Parses an address and, after a slash, the length of the prefix. Bits after the prefix are ignored.
    package init(_ text: String) throws(ParseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let v4 = IPAddress(v4: parts[0])
        guard let address = v4 ?? IPAddress(v6: parts[0]) else { throw .noAddress }
        let longest = v4 == nil ? 128 : 32
        var prefix = longest
        if parts.count == 2 {
            guard let given = Int(parts[1]), parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), given <= longest else {
                throw .invalidPrefix(longest: longest)
            }
            prefix = given
        }
        self.text = text
        // An IPv4 address is the end of an IPv6 address.
        mask = Self.mask(bits: prefix + 128 - longest)
        first = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Whether it was written as one address.
    package var isOneAddress: Bool { !text.contains("/") }

    /// Addresses of IPv4 are in no network of IPv6, not even in `::/0`.
    package func contains(_ address: IPAddress) -> Bool {
        address.high & mask.high == first.high && address.low & mask.low == first.low
            && address.isIPv6 == first.isIPv6
    }

    private static func mask(bits: Int) -> IPAddress {
        IPAddress(
            high: bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)),
            low: bits <= 64 ? 0 : ~(bits == 128 ? 0 : UInt64.max >> UInt64(bits - 64)))
    }
}
