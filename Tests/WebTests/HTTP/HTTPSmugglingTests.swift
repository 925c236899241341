import Testing

@testable import Web

/// Requests that two servers in a chain could interpret differently are rejected, each for its own reason.
@Suite("HTTP request smuggling") struct HTTPSmugglingTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let reason: HTTPError.Reason

        init(_ name: String, _ request: String, _ reason: HTTPError.Reason) {
            self.name = name
            self.request = request
            self.reason = reason
        }

        /// A POST with these header lines and a small body.
        init(headers: String, _ reason: HTTPError.Reason) {
            let lines = headers.isEmpty ? "" : headers + "\r\n"
            self.init(headers, "POST / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n0\r\n\r\n", reason)
        }

        var testDescription: String { name.debugDescription }
    }

    static let bodyLengths = [
        Attack(headers: "Content-Length: 5\r\nTransfer-Encoding: chunked", .lengthAndTransferEncoding),
        Attack(headers: "Transfer-Encoding: chunked\r\nContent-Length: 5", .lengthAndTransferEncoding),
        Attack(headers: "Transfer-Encoding: identity\r\nContent-Length: 5", .lengthAndTransferEncoding),
        Attack(headers: "Content-Length: 5\r\nContent-Length: 6", .repeatedContentLength),
        Attack(headers: "Content-Length: 5\r\ncontent-length: 5", .repeatedContentLength),
        Attack(headers: "Content-Length: 5, 5", .malformedContentLength),
        Attack(headers: "Content-Length: +5", .malformedContentLength),
        Attack(headers: "Content-Length: -5", .malformedContentLength),
        Attack(headers: "Content-Length: 0x5", .malformedContentLength),
        Attack(headers: "Content-Length: 5 5", .malformedContentLength),
        Attack(headers: "Content-Length: 5;", .malformedContentLength),
        Attack(headers: "Content-Length:", .malformedContentLength),
        Attack(headers: "Content-Length: 1e3", .malformedContentLength),
        Attack(headers: "Content-Length: ٥", .malformedContentLength),
        Attack(headers: "Content-Length: 18446744073709551621", .malformedContentLength),
        Attack(headers: "Content-Length: 9999999999999999999", .malformedContentLength),
        Attack(headers: "Content-Length: 999999999999999999", .bodyTooLarge),
    ]

    static let codings = [
        Attack(headers: "Transfer-Encoding: gzip", .unknownTransferCoding),
        Attack(headers: "Transfer-Encoding: identity", .unknownTransferCoding),
        Attack(headers: "Transfer-Encoding: gzip, chunked", .unknownTransferCoding),
        Attack(headers: "Transfer-Encoding: xchunked", .unknownTransferCoding),
        Attack(headers: "Transfer-Encoding: \"chunked\"", .unknownTransferCoding),
        Attack(headers: "Transfer-Encoding: chunked;q=1", .unknownTransferCoding),
        Attack(headers: "Transfer-Encoding:", .malformedTransferEncoding),
        Attack(headers: "Transfer-Encoding: ,", .malformedTransferEncoding),
        Attack(headers: "Transfer-Encoding: chunked, chunked", .malformedTransferEncoding),
        Attack(headers: "Transfer-Encoding: chunked, gzip", .malformedTransferEncoding),
        Attack(headers: "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", .malformedTransferEncoding),
        Attack(headers: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .malformedTransferEncoding),
        Attack(headers: "Transfer-Encoding: \u{B}chunked", .malformedHeader),
        Attack(headers: "Transfer-Encoding : chunked", .malformedHeader),
        Attack(headers: "Transfer-Encoding\t: chunked", .malformedHeader),
        Attack(headers: "Transfer\u{0}-Encoding: chunked", .malformedHeader),
        Attack(headers: "Transfer-Encoding: chunked\u{0}", .malformedHeader),
        Attack(headers: "Transfer-Encoding:\r\n chunked", .foldedHeader),
        Attack(headers: " Transfer-Encoding: chunked", .foldedHeader),
        Attack(headers: "X: y\r\n\tTransfer-Encoding: chunked", .foldedHeader),
        Attack(headers: "X: y\nTransfer-Encoding: chunked", .bareLineFeed),
        Attack(headers: "X: y\rTransfer-Encoding: chunked", .bareCarriageReturn),
        Attack(headers: "X: y\r\rTransfer-Encoding: chunked", .bareCarriageReturn),
        Attack(
            "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            .malformedTransferEncoding),
    ]

    static let lines = [
        Attack(headers: "NoColon", .malformedHeader),
        Attack(headers: ": value", .malformedHeader),
        Attack(headers: "Na me: value", .malformedHeader),
        Attack(headers: "Näme: value", .malformedHeader),
        Attack(headers: "Name(: value", .malformedHeader),
        Attack(headers: "Name: val\u{7F}ue", .malformedHeader),
        Attack(headers: "Name: val\u{1B}ue", .malformedHeader),
        Attack(headers: "Host: other", .repeatedHost),
        Attack("LF alone", "GET / HTTP/1.1\nHost: h\n\n", .bareLineFeed),
        Attack("LF first", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", .bareLineFeed),
        Attack("empty line by LF", "GET / HTTP/1.1\r\nHost: h\r\n\n", .bareLineFeed),
        Attack("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("no Host", "GET / HTTP/1.1\r\n\r\n", .missingHost),
        Attack("no Host, absolute target", "GET http://h/ HTTP/1.1\r\n\r\n", .missingHost),
        Attack("Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", .malformedHost),
        Attack("Host with a user", "GET / HTTP/1.1\r\nHost: a@h\r\n\r\n", .malformedHost),
        Attack("two Hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .malformedHost),
        Attack("blanks in the Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .malformedHost),
        Attack("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
        Attack("TLS", "\u{16}\u{3}\u{1}\u{2}", .tlsOnPlainPort),
        Attack("a blank first", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("tab for a blank", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("blank at the end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("no version", "GET /\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("method with a colon", "GE:T / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("long version", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", .malformedRequestLine),
        Attack("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        Attack("HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", .unsupportedVersion),
        Attack("HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", .unsupportedVersion),
        Attack("CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", .unsupportedMethod),
        Attack(headers: "Expect: 200-ok", .unknownExpectation),
        Attack(headers: "Expect: 100-continue, more", .unknownExpectation),
    ]

    @Test("rejects", arguments: [bodyLengths, codings, lines].joined())
    func rejected(attack: Attack) {
        let parsed = ParsedHTTP(attack.request)
        #expect(parsed.parseError?.reason == attack.reason)
        #expect(!parsed.requests.contains { $0.isEnded })
    }

    static let chunks: [(String, HTTPError.Reason)] = [
        ("5\r\nhelloX\r\n0\r\n\r\n", .malformedChunk),
        ("5\r\nhello0\r\n\r\n", .malformedChunk),
        ("5\r\nhello\n0\r\n\r\n", .bareLineFeed),
        ("5\nhello\r\n0\r\n\r\n", .bareLineFeed),
        ("0x5\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("+5\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("-5\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        (" 5\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("5 \r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("5 x\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        (";x\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("5;a\u{0}b\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("5;a\rb\r\nhello\r\n0\r\n\r\n", .bareCarriageReturn),
        ("10000000000000005\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("0000000000000000005\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("7fffffffffffffff\r\nhello\r\n0\r\n\r\n", .malformedChunk),
        ("7ffffffffffffff\r\nhello\r\n0\r\n\r\n", .bodyTooLarge),
        ("0\r\nTrailer : x\r\n\r\n", .malformedTrailer),
        ("0\r\n folded\r\n\r\n", .malformedTrailer),
        ("0\r\nGET / HTTP/1.1\r\n\r\n", .malformedTrailer),
        ("0\r\n\n", .bareLineFeed),
    ]

    @Test("rejects chunks", arguments: chunks)
    func rejectedChunks(body: String, reason: HTTPError.Reason) {
        let parsed = ParsedHTTP("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        #expect(parsed.parseError?.reason == reason)
        #expect(!parsed.requests.contains { $0.isEnded })
    }

    @Test("accepts chunks in every form of the grammar")
    func acceptedChunks() {
        for body in [
            "5\r\nhello\r\n0\r\n\r\n", "05;a=b;c=\"d\"\r\nhello\r\n000\r\n\r\n", "5 ;x\r\nhello\r\n0\r\nA: b\r\n\r\n",
            "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ] {
            let parsed = ParsedHTTP("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n" + body)
            #expect(parsed.parseError == nil)
            #expect(parsed.requests.map(\.body) == [Array("hello".utf8)])
        }
    }

    @Test("an error is permanent")
    func sticky() {
        var parser = HTTPRequestParser()
        for text in ["GET /\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"] {
            #expect(throws: HTTPError(.malformedRequestLine)) {
                var input = Array(text.utf8)[...]
                _ = try parser.next(&input)
            }
        }
    }

    @Test("every error has a status and a sentence")
    func sentences() {
        let texts = HTTPError.Reason.allCases.map { HTTPError($0).text }
        #expect(Set(texts).count == texts.count)
        for reason in HTTPError.Reason.allCases {
            #expect((400...505).contains(HTTPError(reason).status.code))
            #expect(HTTPError(reason).status.phrase != "Status")
        }
        let expected: [(HTTPError.Reason, Int)] = [
            (.requestLineTooLong, 414), (.headersTooLarge, 431), (.tooManyHeaders, 431), (.bodyTooLarge, 413),
            (.unknownExpectation, 417), (.unknownTransferCoding, 501), (.unsupportedVersion, 505), (.missingHost, 400),
        ]
        for (reason, code) in expected { #expect(HTTPError(reason).status.code == code) }
    }
}
