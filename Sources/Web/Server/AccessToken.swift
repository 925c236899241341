/// The token required for mutating requests: `Authorization: Bearer TOKEN`.
package struct AccessToken: Hashable, Sendable {
    private let secret: [UInt8]

    /// Nil for an empty text: no token is required.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        secret = Array(text.utf8)
    }

    package enum CheckResult: Hashable, Sendable {
        case admitted
        /// No token, or another authentication scheme.
        case missing
        case wrong
    }

    package func check(_ head: HTTPRequestHead) -> CheckResult {
        let fields = head.headers.values("Authorization")
        guard fields.count == 1, let token = Self.bearerToken(fields[0]) else { return .missing }
        return isEqual(to: token) ? .admitted : .wrong
    }

    func isEqual(to token: String) -> Bool { isEqual(to: Array(token.utf8)[...]) }

    /// Compares in constant time, so that response times do not reveal how much of a token is correct.
    private func isEqual(to token: ArraySlice<UInt8>) -> Bool {
        var difference = token.count ^ secret.count
        for (index, byte) in token.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }

    private static func bearerToken(_ field: String) -> ArraySlice<UInt8>? {
        let bytes = Array(field.utf8)[...]
        guard let space = bytes.firstIndex(of: 0x20), bytes[..<space].equalsIgnoringCase("bearer") else { return nil }
        let token = bytes[space...].drop { $0 == 0x20 }
        return token.isEmpty ? nil : token
    }
}
