/// What a request must show before it may change something: `Authorization: Bearer TOKEN`.
package struct AccessToken: Hashable, Sendable {
    private let secret: [UInt8]

    /// Nil for an empty text: then nothing has to be shown.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        secret = Array(text.utf8)
    }

    package enum CheckResult: Hashable, Sendable {
        case admitted
        /// Nothing was shown, or something of another kind.
        case missing
        case wrong
    }

    package func check(_ head: HTTPRequestHead) -> CheckResult {
        let fields = head.headers.values("Authorization")
        guard fields.count == 1, let shown = Self.bearerToken(fields[0]) else { return .missing }
        return isEqual(to: shown) ? .admitted : .wrong
    }

    /// 401, in the words that clients of the scheme understand, and a sentence for people.
    package static func challenge(_ verdict: CheckResult) -> HTTPResponse {
        let isWrong = verdict == .wrong
        let text =
            isWrong
            ? "This is not the access token of this gateway."
            : "This needs the access token of this gateway: Authorization: Bearer TOKEN."
        var response = HTTPResponse.json(Array(#"{"error":"\#(text)"}"#.utf8), status: .unauthorized)
        let error = isWrong ? #", error="invalid_token""# : ""
        response.headers.add("WWW-Authenticate", #"Bearer realm="LeadVille Gateway"\#(error)"#)
        return response
    }

    /// Takes as long for a token that is nearly right as for one that is not, so that nobody can find it out byte by
    /// byte.
    private func isEqual(to shown: ArraySlice<UInt8>) -> Bool {
        var difference = shown.count ^ secret.count
        for (index, byte) in shown.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }

    private static func bearerToken(_ field: String) -> ArraySlice<UInt8>? {
        let bytes = Array(field.utf8)[...]
        guard let space = bytes.firstIndex(of: 0x20), bytes[..<space].equalsIgnoringCase("bearer") else { return nil }
        let token = bytes[space...].drop { $0 == 0x20 }
        return token.isEmpty ? nil : token
    }
}
