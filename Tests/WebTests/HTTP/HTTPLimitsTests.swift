import Testing

@testable import Web

@Suite("HTTP limits") struct HTTPLimitsTests {
    let limits = HTTPLimits(
        requestLineBytes: 40, headerBytes: 100, headerCount: 4, bodyBytes: 20, chunkLineBytes: 10, trailerBytes: 30)

    private func parse(_ text: String) -> ParsedHTTP { ParsedHTTP(text, limits: limits) }

    @Test("the request line", arguments: [(0, nil), (1, HTTPError.Reason.requestLineTooLong)])
    func requestLine(excess: Int, reason: HTTPError.Reason?) {
        let path = "/" + String(repeating: "a", count: 40 - "GET / HTTP/1.1".count + excess)
        #expect(parse("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n").parseError?.reason == reason)
        // Also without its end, once it can no longer end within the limit.
        #expect(parse("GET \(path) HTTP/1.1\r").parseError?.reason == reason)
    }

    @Test("all headers together", arguments: [(0, nil), (1, HTTPError.Reason.headersTooLarge)])
    func headerBytes(excess: Int, reason: HTTPError.Reason?) {
        // "Host: h" and "X: …" with their line breaks are 100 bytes; the empty line does not count.
        let value = String(repeating: "v", count: 100 - 9 - 5 + excess)
        #expect(parse("GET / HTTP/1.1\r\nHost: h\r\nX: \(value)\r\n\r\n").parseError?.reason == reason)
        #expect(parse("GET / HTTP/1.1\r\nHost: h\r\nX: \(value)\r\n").parseError?.reason == reason)
    }

    @Test("rejects an endless header before its end")
    func endlessHeader() {
        #expect(
            parse("GET / HTTP/1.1\r\nX: " + String(repeating: "v", count: 99)).parseError?.reason == .headersTooLarge)
    }

    @Test("the number of headers", arguments: [(4, nil), (5, HTTPError.Reason.tooManyHeaders)])
    func headerCount(count: Int, reason: HTTPError.Reason?) {
        let more = (1..<count).map { "A\($0):\r\n" }.joined()
        #expect(parse("GET / HTTP/1.1\r\nHost: h\r\n\(more)\r\n").parseError?.reason == reason)
    }

    @Test("the body by length", arguments: [(20, nil), (21, HTTPError.Reason.bodyTooLarge)])
    func bodyLength(count: Int, reason: HTTPError.Reason?) {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n"
        #expect(parse(head).parseError?.reason == reason, "known before the body arrives")
        #expect(parse(head + String(repeating: "b", count: count)).parseError?.reason == reason)
    }

    @Test("the body in chunks, all together", arguments: [(10, nil), (11, HTTPError.Reason.bodyTooLarge)])
    func bodyChunks(second: Int, reason: HTTPError.Reason?) {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"
        #expect(parse(head + String(second, radix: 16) + "\r\n").parseError?.reason == reason)
    }

    @Test("a chunk's line", arguments: [(10, nil), (11, HTTPError.Reason.chunkLineTooLong)])
    func chunkLine(count: Int, reason: HTTPError.Reason?) {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        let line = "5;" + String(repeating: "x", count: count - 2)
        #expect(parse(head + line + "\r\n").parseError?.reason == reason)
        #expect(parse(head + line + "\r").parseError?.reason == reason)
    }

    @Test("all trailers together", arguments: [(0, nil), (1, HTTPError.Reason.trailersTooLarge)])
    func trailers(excess: Int, reason: HTTPError.Reason?) {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        let trailer = "A: b\r\nB: " + String(repeating: "x", count: 30 - 6 - 5 + excess) + "\r\n"
        #expect(parse(head + trailer + "\r\n").parseError?.reason == reason)
    }
}
