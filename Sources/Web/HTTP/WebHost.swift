import Network

/// A host as URLs and the headers Host and Origin name it, in one form for comparison.
package enum WebHost: Hashable, Sendable {
    /// In lower case, without the dot that may end a complete name.
    case name(String)
    case address(IPAddress)

    /// Parses `host` or `host:port`. Nil for anything else, such as user information, percent encoding, zones, and
    /// numbers that only some programs read as an address.
    package init?(authority: some StringProtocol) {
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]"), Self.isPort(authority[end...].dropFirst()),
                let address = IPAddress(v6: String(authority[..<end].dropFirst()))
            else { return nil }
            self = .address(address)
            return
        }
        let end = authority.firstIndex(of: ":") ?? authority.endIndex
        guard Self.isPort(authority[end...]) else { return nil }
        let host = String(authority[..<end])
        if let address = IPAddress(v4: host) {
            self = .address(address)
        } else if let name = Self.normalised(name: host) {
            self = .name(name)
        } else {
            return nil
        }
    }

    /// A name or an address as the configuration lists it, IPv6 without brackets.
    init?(configured name: String) {
        if let address = IPAddress(v6: name) {
            self = .address(address)
        } else {
            self.init(authority: name)
        }
    }

    /// The host of an origin as browsers send it: `http://host` or `http://host:port`. Nil for `null`, for pages that
    /// were opened from a file, and for other schemes.
    package init?(origin: String) {
        let origin = origin.lowercased()
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return nil }
        self.init(authority: origin.dropFirst(scheme.count))
    }

    /// Whether this is the empty text or a colon with a port number.
    private static func isPort(_ text: some StringProtocol) -> Bool {
        guard let colon = text.utf8.first else { return true }
        let digits = text.utf8.dropFirst()
        return colon == UInt8(ascii: ":") && digits.count <= 5
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func normalised(name: String) -> String? {
        let name = name.lowercased()
        let labels = (name.hasSuffix(".") ? name.dropLast() : name[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 254, labels.allSatisfy(isLabel), let last = labels.last, !isNumber(last) else {
            return nil
        }
        return labels.joined(separator: ".")
    }

    private static func isLabel(_ label: Substring) -> Bool {
        !label.isEmpty
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Browsers read a name that ends in a number as an IPv4 address: `127.1`, `0x7f000001`.
    private static func isNumber(_ label: Substring) -> Bool {
        label.allSatisfy(\.isNumber)
            || label.hasPrefix("0x") && label.dropFirst(2).allSatisfy(\.isHexDigit)
    }
}
