import Testing

@testable import Web

@Suite("HTTP targets") struct HTTPTargetTests {
    private func head(_ target: String, method: String = "GET") -> ParsedHTTP {
        ParsedHTTP("\(method) \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
    }

    @Test(
        "accepts paths and queries",
        arguments: [
            ("/", "/", ""), ("/a/b", "/a/b", ""), ("/a?b=c?d", "/a", "b=c?d"), ("/?", "/", ""),
            ("/%C3%A4%20%7e", "/ä ~", ""), ("/a%2Bb+c", "/a+b+c", ""), ("/a//b/", "/a//b/", ""),
            ("/...", "/...", ""), ("/.well-known/x", "/.well-known/x", ""), ("/..a/.b./c..", "/..a/.b./c..", ""),
            ("/a?../..", "/a", "../.."), ("/a?x={\"y\":[1|2]}", "/a", "x={\"y\":[1|2]}"), ("/%25", "/%", ""),
            ("http://o:80/p?q", "/p", "q"), ("HTTPS://o", "/", ""), ("http://o?q", "/", "q"),
        ])
    func accepted(target: String, path: String, query: String) {
        let parsed = head(target)
        #expect(parsed.parseError == nil)
        #expect(parsed.requests.first?.head.path == path)
        #expect(parsed.requests.first?.head.query.raw == query)
        #expect(parsed.requests.first?.head.target == target)
    }

    @Test(
        "rejects invalid targets",
        arguments: [
            ("/..", HTTPError.Reason.unsafePath), ("/.", .unsafePath), ("/../etc/passwd", .unsafePath),
            ("/a/./b", .unsafePath), ("/a/..", .unsafePath), ("/%2e%2e/etc", .unsafePath), ("/.%2E/etc", .unsafePath),
            ("/a%2fb", .unsafePath), ("/a%2Fb", .unsafePath), ("/a\\..\\b", .unsafePath), ("/a%5Cb", .unsafePath),
            ("/a%00b", .unsafePath), ("/a%0d%0ab", .unsafePath), ("/a%7F", .unsafePath),
            ("/%", .malformedTarget), ("/%4", .malformedTarget), ("/%4g", .malformedTarget),
            ("/%C3", .malformedTarget), ("/%ED%A0%80", .malformedTarget), ("/%C0%AE", .malformedTarget),
            ("/ä", .malformedTarget), ("/a#b", .malformedTarget), ("a", .malformedTarget), ("*", .malformedTarget),
            ("ftp://h/", .malformedTarget), ("http:///", .malformedTarget), ("http://a@h/", .malformedTarget),
            ("?x", .malformedTarget), ("/a\u{1}", .malformedTarget),
        ])
    func rejected(target: String, reason: HTTPError.Reason) {
        #expect(head(target).parseError?.reason == reason)
    }

    @Test("an absolute target determines the host")
    func absoluteHost() {
        #expect(head("http://other:81/").requests.first?.head.host == "other:81")
        #expect(head("/").requests.first?.head.host == "h")
    }

    @Test("only OPTIONS may use the star")
    func star() {
        #expect(head("*", method: "OPTIONS").requests.first?.head.path == "*")
    }

    @Test("queries are decoded like forms")
    func queries() {
        let query = HTTPQuery("a=1&b=x+y%20z&a=2&flag&=v&c=%zz%4&d=e=f&&%C3%BC=%FF")
        #expect(query["a"] == "1")
        #expect(query.values("a") == ["1", "2"])
        #expect(query["b"] == "x y z")
        #expect(query["flag"] == "")
        #expect(query[""] == "v")
        #expect(query["c"] == "%zz%4")
        #expect(query["d"] == "e=f")
        #expect(query["ü"] == "\u{FFFD}")
        #expect(query["missing"] == nil)
        #expect(HTTPQuery("").items.isEmpty)
    }
}
