import Testing

@testable import Web

@Suite("The access token") struct AccessTokenTests {
    private func verdict(_ headers: String...) throws -> AccessToken.CheckResult {
        let lines = headers.map { $0 + "\r\n" }.joined()
        let parsed = ParsedHTTP("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\(lines)\r\n")
        return try #require(AccessToken("0123456789abcdef")).check(#require(parsed.requests.first?.head))
    }

    @Test("the right one is let in, however the scheme is spelt")
    func admitted() throws {
        #expect(try verdict("Authorization: Bearer 0123456789abcdef") == .admitted)
        #expect(try verdict("authorization: BEARER  0123456789abcdef") == .admitted)
    }

    @Test("a wrong one is not, whether shorter, longer or nearly right")
    func wrong() throws {
        for token in [
            "0", "0123456789abcde", "0123456789abcdeg", "1123456789abcdef", "0123456789abcdef0",
            "0123456789abcdef0123456789abcdef", "0123456789ABCDEF", "0123456789abcdef x",
        ] {
            #expect(try verdict("Authorization: Bearer \(token)") == .wrong, "\(token)")
        }
    }

    @Test("nothing, another scheme, and two answers at once are none")
    func missing() throws {
        #expect(try verdict() == .missing)
        #expect(try verdict("Authorization: Basic MDEyMzQ1Njc4OWFiY2RlZg==") == .missing)
        #expect(try verdict("Authorization: Bearer") == .missing)
        #expect(try verdict("Authorization: Bearer ") == .missing)
        #expect(try verdict("Authorization: 0123456789abcdef") == .missing)
        #expect(
            try verdict("Authorization: Bearer 0123456789abcdef", "Authorization: Bearer 0123456789abcdef") == .missing)
    }

    @Test("an empty text is no token")
    func none() {
        #expect(AccessToken("") == nil)
    }
}
