import Testing

@testable import Web

@Suite("HTTP headers") struct HTTPHeadersTests {
    @Test("names ignore case, values keep their order")
    func lookup() {
        var headers = HTTPHeaders()
        headers.add("Accept", "a, b")
        headers.add("X-One", "1")
        headers.add("ACCEPT", "c")
        #expect(headers["accept"] == "a, b")
        #expect(headers.values("Accept") == ["a, b", "c"])
        #expect(headers.list("aCCEPT") == ["a", "b", "c"])
        #expect(headers.contains("x-one") && !headers.contains("x-on"))
        #expect(headers["missing"] == nil && headers.list("missing").isEmpty)
        headers.set("accept", "d")
        #expect(headers.values("Accept") == ["d"])
        #expect(headers.all.map(\.name) == ["X-One", "accept"])
        headers.remove("X-ONE")
        #expect(headers.count == 1)
    }

    @Test("lists respect quotes and drop empty elements")
    func lists() {
        var headers = HTTPHeaders()
        headers.add("X", " a ,, \"b, \\\"c\" ;d=1 ,")
        headers.add("X", "")
        headers.add("X", "\"open, end")
        #expect(headers.list("X") == ["a", "\"b, \\\"c\" ;d=1", "\"open, end"])
        #expect(headers.list("x", contains: "A") && !headers.list("x", contains: "b"))
    }

    @Test("a value cannot break out of its line")
    func injection() {
        var headers = HTTPHeaders()
        headers.add("Location", "/x\r\nSet-Cookie: a=b\u{0}\u{7F}\tä")
        #expect(headers["Location"] == "/x  Set-Cookie: a=b  \tä")
    }

    @Test("blanks around a value are removed")
    func blanks() {
        let parsed = ParsedHTTP("GET / HTTP/1.1\r\nHost:h\r\nA: \t b c\t \r\nEmpty:\r\nBlank:  \r\n\r\n")
        let headers = parsed.requests.first?.head.headers
        #expect(headers?["a"] == "b c" && headers?["empty"] == "" && headers?["blank"] == "")
    }

    @Test(
        "decides whether the connection stays open",
        arguments: [
            (HTTPVersion.http11, "", HTTPPersistence.keepAlive), (.http11, "close", .close),
            (.http11, "Keep-Alive, CLOSE", .close), (.http11, "Upgrade", .keepAlive), (.http10, "", .close),
            (.http10, "Keep-Alive", .announcedKeepAlive), (.http10, "keep-alive, close", .close),
        ])
    func persistence(version: HTTPVersion, connection: String, expected: HTTPPersistence) {
        var headers = HTTPHeaders()
        if !connection.isEmpty { headers.add("Connection", connection) }
        #expect(HTTPPersistence(version: version, headers: headers) == expected)
    }

    @Test("100-continue is reported if there is a body")
    func expectation() {
        func expects(_ version: String, _ headers: String) -> Bool? {
            ParsedHTTP("POST / \(version)\r\nHost: h\r\n\(headers)\r\n").requests.first?.head.expectsContinue
        }
        #expect(expects("HTTP/1.1", "Content-Length: 1\r\nExpect: 100-Continue\r\n") == true)
        #expect(expects("HTTP/1.1", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n") == true)
        #expect(expects("HTTP/1.1", "Expect: 100-continue\r\n") == false)
        #expect(expects("HTTP/1.0", "Content-Length: 1\r\nExpect: 100-continue\r\n") == false)
        #expect(expects("HTTP/1.0", "Content-Length: 1\r\nExpect: else\r\n") == false)
    }
}
