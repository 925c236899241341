import Clocks
import Testing
import Text

@testable import Web

@Suite("Tokens") struct TokenTableTests {
    private let time = WallTime(nanoseconds: 1_790_000_000_000_000_000)

    @Test("the file holds digests, and is read back as it was written")
    func file() throws {
        var table = TokenTable()
        let token = NewToken.random()
        let record = try table.add(token.text, id: token.id, name: "Tablet “3”", role: .operate, at: time)
        _ = try table.add("another", id: "1", name: "Other", role: .read, at: time)
        table.recordUse(of: token.id, at: time + .seconds(5))
        let bytes = TokenFileFormat.encode(table)
        #expect(TokenFileFormat.decode(bytes) == table)
        #expect(!String(decoding: bytes, as: UTF8.self).contains(token.text))
        #expect(record.digest.count == 32)
        // FIPS 180-4, the message "abc".
        #expect(Hexadecimal.text(SHA256.digest(Array("abc".utf8))).hasPrefix("ba7816bf8f01cfea414140de5dae2223"))
    }

    @Test(
        "a damaged file is no table",
        arguments: [
            "", "{}", "[]", #"{"version":2,"tokens":[]}"#, #"{"version":1,"tokens":[{}]}"#,
            #"{"version":1,"tokens":[{"id":"1","name":"a","role":"root","sha256":"00","created_ms":1}]}"#,
            #"{"version":1,"tokens":[{"id":"1","name":"a","role":"read","sha256":"00","created_ms":1}]}"#,
        ])
    func damage(text: String) {
        #expect(TokenFileFormat.decode(Array(text.utf8)) == nil)
    }

    @Test("a token is found by its text alone, and is gone once it was removed")
    func lookUp() throws {
        var table = TokenTable()
        let record = try table.add("secret", id: "1", name: "One", role: .admin, at: time)
        #expect(table.record(withDigest: SHA256.digest(Array("secret".utf8))) == record)
        for text in ["secre", "secrets", "", "SECRET"] {
            #expect(table.record(withDigest: SHA256.digest(Array(text.utf8))) == nil, "\(text)")
        }
        #expect(table.record(withDigest: []) == nil)
        #expect(table.remove("2") == nil && table.remove("One") == record && table.records.isEmpty)
    }

    @Test("names are distinct and printable, and their number is bounded")
    func limits() throws {
        var table = TokenTable()
        for name in ["", String(repeating: "a", count: 65), "a\nb", "a\u{202E}b"] {
            #expect(throws: TokenTable.NewTokenError.invalidName) {
                try table.add("t", id: "1", name: name, role: .read, at: time)
            }
        }
        for number in 0..<TokenTable.maximumTokens {
            _ = try table.add("\(number)", id: "\(number)", name: "\(number)", role: .read, at: time)
        }
        #expect(throws: TokenTable.NewTokenError.nameInUse) {
            try table.add("t", id: "x", name: "7", role: .read, at: time)
        }
        #expect(throws: TokenTable.NewTokenError.tooMany) {
            try table.add("t", id: "x", name: "new", role: .read, at: time)
        }
    }

    @Test("new tokens are long, distinct, and fit into headers and subprotocols")
    func random() {
        let tokens = (0..<100).map { _ in NewToken.random().text }
        #expect(Set(tokens).count == 100)
        #expect(tokens.allSatisfy { $0.count == 47 && $0.hasPrefix("lvg_") && $0.utf8.allSatisfy(\.isHTTPToken) })
    }

    @Test("roles include those before them")
    func roles() {
        #expect(AccessRole.allCases.sorted() == [.read, .operate, .admin])
    }
}
