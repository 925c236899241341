/// Validation of host names and addresses. Whether a host exists is only known when something binds to it.
enum HostName {
    enum Family: Equatable {
        case every, ipv4, ipv6, named
    }

    static func family(_ host: String) -> Family {
        if host.isEmpty { return .every }
        if host.contains(":") { return .ipv6 }
        return host.allSatisfy { "0123456789.".contains($0) } ? .ipv4 : .named
    }

    /// Why a text is not a valid host, as a clause; nil when it is valid.
    static func problem(_ host: String) -> String? {
        guard host.utf8.count <= 253 else { return "it is longer than 253 characters" }
        switch family(host) {
        case .every: return "it is empty"
        case .ipv4: return isIPv4(host[...]) ? nil : "an IPv4 address is four numbers from 0 to 255"
        case .ipv6: return isIPv6(host) ? nil : "an IPv6 address is written as ::1, and the port has its own key"
        case .named: return isName(host) ? nil : "a host name consists of letters, digits, dots and hyphens"
        }
    }

    /// Whether two listeners on the same port are certain to conflict.
    static func overlap(_ left: String, _ right: String) -> Bool {
        if left == right || left.isEmpty || right.isEmpty { return true }
        guard family(left) == family(right) else { return false }
        return [left, right].contains { $0 == "0.0.0.0" || $0 == "::" }
    }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { $0.count <= 3 && UInt8($0) != nil }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, parts.count == 1 || !parts[1].isEmpty else { return false }
        let halves = groups(address)
        guard halves.count <= 2 else { return false }
        var count = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let fields = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, field) in fields.enumerated() {
                if index == halves.count - 1, place == fields.count - 1, isIPv4(field) {
                    count += 2
                } else if (1...4).contains(field.count), field.allSatisfy(\.isHexDigit) {
                    count += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 2 ? count < 8 : count == 8
    }

    /// The parts of an address between its `::` separators.
    private static func groups(_ address: Substring) -> [Substring] {
        var groups: [Substring] = []
        var rest = address
        var start = rest.startIndex
        while let colon = rest.firstIndex(of: ":") {
            let next = rest.index(after: colon)
            if next < rest.endIndex, rest[next] == ":" {
                groups.append(address[start..<colon])
                start = address.index(after: next)
                rest = address[start...]
            } else {
                rest = rest[next...]
            }
        }
        return groups + [address[start...]]
    }

    private static func isName(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy(isNameByte)
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
