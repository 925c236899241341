/// The addresses with the same first bits: `192.168.4.0/24`, `fd00::/8`, or one address.
package struct IPNetwork: Hashable, Sendable {
    private let first: IPAddress
    private let mask: IPAddress

    /// Bits after the prefix are ignored. Nil for anything but an address and, after a slash, the length of the prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let base = parts.first else { return nil }
        let v4 = IPAddress(v4: base)
        guard let address = v4 ?? IPAddress(v6: base) else { return nil }
        let length = v4 == nil ? 128 : 32
        var prefix = length
        if parts.count == 2 {
            guard let given = Int(parts[1]), parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), given <= length else {
                return nil
            }
            prefix = given
        }
        // An IPv4 address is the end of an IPv6 address.
        mask = Self.mask(bits: prefix + 128 - length)
        first = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    }

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
