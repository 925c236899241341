import Testing

@testable import Web

/// The output of a parser: requests with complete bodies, and the error if there was one.
struct ParsedHTTP: Equatable {
    struct Request: Equatable {
        var head: HTTPRequestHead
        var body: [UInt8] = []
        var isEnded = false
    }

    var requests: [Request] = []
    var parseError: HTTPError?

    /// Parses the stream in chunks of the lengths that `nextLength` returns.
    init(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(), nextLength: () -> Int = { .max }) {
        var parser = HTTPRequestParser(limits: limits)
        var rest = bytes[...]
        while !rest.isEmpty, parseError == nil {
            var piece = rest.prefix(max(1, nextLength()))
            rest = rest[piece.endIndex...]
            feed(&piece, to: &parser)
        }
    }

    private mutating func feed(_ piece: inout ArraySlice<UInt8>, to parser: inout HTTPRequestParser) {
        do {
            while let event = try parser.next(&piece) {
                switch event {
                case .head(let head): requests.append(Request(head: head))
                case .body(let bytes): requests[requests.count - 1].body += bytes
                case .end: requests[requests.count - 1].isEnded = true
                }
            }
        } catch {
            parseError = error
        }
    }

    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init(Array(text.utf8), limits: limits)
    }
}

@Suite("HTTP requests") struct HTTPRequestParserTests {
    @Test("parses a plain GET")
    func plainGet() throws {
        let parsed = ParsedHTTP(
            "GET /api/users?limit=5&name=A%20B+C HTTP/1.1\r\nHost: range.local:8000\r\nX-A: 1\r\n\r\n")
        let head = try #require(parsed.requests.first?.head)
        #expect(head.method == .get)
        #expect(head.target == "/api/users?limit=5&name=A%20B+C")
        #expect(head.path == "/api/users")
        #expect(head.query["limit"] == "5")
        #expect(head.query["name"] == "A B C")
        #expect(head.version == .http11)
        #expect(head.host == "range.local:8000")
        #expect(head.headers["x-a"] == "1")
        #expect(head.body == .none)
        #expect(parsed.requests.count == 1 && parsed.requests[0].isEnded && parsed.parseError == nil)
    }

    @Test("parses pipelined requests with bodies")
    func pipelined() {
        let parsed = ParsedHTTP(
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "4;name=value\r\nWiki\r\nA\r\n0123456789\r\n0\r\nExpires: never\r\n\r\n"
                + "\r\nGET /c HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(parsed.parseError == nil)
        #expect(parsed.requests.map(\.head.path) == ["/a", "/b", "/c"])
        #expect(parsed.requests.map(\.body) == [Array("abc".utf8), Array("Wiki0123456789".utf8), []])
        #expect(parsed.requests.map(\.isEnded) == [true, true, true])
    }

    @Test("leaves the bytes after a request in the slice")
    func restStays() throws {
        var parser = HTTPRequestParser()
        var input = Array("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\nframes".utf8)[...]
        _ = try parser.next(&input)
        let end = try parser.next(&input)
        #expect(end == .end)
        #expect(input.elementsEqual("frames".utf8))
        #expect(parser.isBetweenRequests)
    }
}
