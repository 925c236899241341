import Clocks
import Foundation
import TestSupport
import Testing

@testable import Web

@Suite("HTTP responses") struct HTTPResponseTests {
    let date = WallTime(nanoseconds: 784_111_777_000_000_000)

    private func written(
        _ response: HTTPResponse, toHead: Bool = false, _ persistence: HTTPPersistence = .keepAlive
    ) -> String {
        var output = Array("before ".utf8)
        response.append(to: &output, toHead: toHead, persistence: persistence, date: date)
        return String(decoding: output.dropFirst(7), as: UTF8.self)
    }

    @Test("a complete response, byte by byte")
    func whole() {
        let expected =
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            + "Content-Type: application/json\r\nContent-Length: 2\r\n"
        #expect(written(.json(Array("{}".utf8))) == expected + "\r\n{}")
        #expect(written(.json(Array("{}".utf8)), toHead: true) == expected + "\r\n")
        #expect(written(.json(Array("{}".utf8)), .close) == expected + "Connection: close\r\n\r\n{}")
        #expect(
            written(.json(Array("{}".utf8)), .announcedKeepAlive) == expected + "Connection: keep-alive\r\n\r\n{}")
    }

    @Test("a status without a body never has one", arguments: [101, 204, 304])
    func bodiless(code: Int) {
        let text = written(HTTPResponse(HTTPStatus(code), body: [1, 2, 3]))
        #expect(!text.contains("Content-Length") && text.hasSuffix("GMT\r\n\r\n"))
    }

    @Test("an empty body has Content-Length 0")
    func emptyBody() {
        #expect(written(HTTPResponse(.ok)).contains("\r\nContent-Length: 0\r\n"))
    }

    @Test("headers set by the writer cannot be overridden")
    func decided() {
        var response = HTTPResponse.text("abc")
        for name: StaticString in ["content-length", "transfer-encoding", "connection", "DATE"] {
            response.headers.add(name, "9")
        }
        let text = written(response)
        #expect(!text.contains(": 9") && text.contains("Content-Length: 3\r\n"))
    }

    @Test("an upgrade keeps its Connection header")
    func upgrade() {
        var response = HTTPResponse(.switchingProtocols)
        response.headers.add("Connection", "Upgrade")
        #expect(written(response, .close).contains("\r\nConnection: Upgrade\r\n"))
        #expect(!written(response, .close).contains("close"))
    }

    @Test("the helpers set status and headers")
    func helpers() {
        #expect(HTTPResponse.text("ä").headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(HTTPResponse.html("x", status: .notFound).status == .notFound)
        #expect(HTTPResponse.redirect(to: "/a\r\nb").headers["Location"] == "/a  b")
        let notAllowed = HTTPResponse.methodNotAllowed(allow: [.get, .head])
        #expect(notAllowed.status == .methodNotAllowed && notAllowed.headers["Allow"] == "GET, HEAD")
        let response = HTTPResponse.error(HTTPError(.bodyTooLarge))
        #expect(response.status == .contentTooLarge && !response.body.isEmpty)
        var output: [UInt8] = []
        HTTPResponse.appendContinue(to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test("dates agree with Foundation over two centuries")
    func dates() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        var random = SeededGenerator(seed: 0x5EED_0003)
        for _ in 0..<500 {
            let seconds = random.number(-3_000_000_000...4_000_000_000)
            let ours = HTTPDate.string(WallTime(nanoseconds: Int64(seconds) * 1_000_000_000))
            #expect(ours == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
        }
        #expect(HTTPDate.string(WallTime(nanoseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
        #expect(HTTPDate.string(WallTime(nanoseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test("every usual status has a phrase")
    func phrases() {
        for code in [100, 101, 200, 201, 202, 204, 301, 302, 303, 304, 307, 308, 426, 431, 500, 501, 502, 503, 505] {
            #expect(HTTPStatus(code).phrase != "Status")
        }
        #expect(HTTPStatus(299).description == "299 Status")
    }

    @Test(
        "file extensions",
        arguments: [
            ("index.html", "text/html; charset=utf-8"), ("a/b.min.js", "text/javascript; charset=utf-8"),
            ("X.CSS", "text/css; charset=utf-8"), ("openapi.json", "application/json"), ("f.woff2", "font/woff2"),
            ("logo.svg", "image/svg+xml; charset=utf-8"), ("noending", "application/octet-stream"),
            ("x.unknown", "application/octet-stream"), ("ends.", "application/octet-stream"),
            (".txt", "text/plain; charset=utf-8"),
        ])
    func mediaTypes(name: String, type: String) {
        #expect(MediaType(fileName: name).text == type)
    }
}
