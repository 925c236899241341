import Testing

@testable import Web

@Suite("WebSocket handshakes") struct WebSocketHandshakeTests {
    private static let usual = [
        "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
    ]

    /// A valid request with some headers changed, or omitted if the value is nil.
    private func head(
        _ method: String = "GET", _ changes: [String: String?] = [:], version: String = "HTTP/1.1", extra: String = ""
    ) throws -> HTTPRequestHead {
        var headers = Self.usual
        for (name, value) in changes { headers[name] = value }
        let lines = headers.map { "\($0): \($1)\r\n" }.joined() + extra
        return try #require(ParsedHTTP("\(method) /chat \(version)\r\n\(lines)\r\n").requests.first?.head)
    }

    @Test("the standard's example (RFC 6455 §1.3)")
    func example() throws {
        let request = try head(
            "GET", ["Origin": "http://example.com", "Sec-WebSocket-Protocol": "chat, superchat"])
        let handshake = try WebSocketHandshake(request, .init(subprotocols: ["superchat", "chat"]))
        #expect(handshake.response.status == .switchingProtocols)
        #expect(handshake.response.headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.response.headers["Upgrade"] == "websocket")
        #expect(handshake.response.headers["Connection"] == "Upgrade")
        #expect(handshake.response.headers["Sec-WebSocket-Protocol"] == "chat")
        #expect(handshake.subprotocol == "chat" && handshake.deflate == nil)
    }

    @Test("accepts the headers that browsers send", arguments: ["keep-alive, Upgrade", "upgrade", "UPGRADE, foo"])
    func connectionHeader(value: String) throws {
        _ = try WebSocketHandshake(try head("GET", ["Connection": value, "Upgrade": "WebSocket"]))
    }

    @Test(
        "rejects invalid requests",
        arguments: [
            (["Upgrade": nil], WebSocketHandshakeError.upgradeMissing, 426),
            (["Upgrade": "h2c"], .upgradeMissing, 426),
            (["Connection": nil], .connectionMissing, 400), (["Connection": "close"], .connectionMissing, 400),
            (["Sec-WebSocket-Version": nil], .unsupportedVersion, 426),
            (["Sec-WebSocket-Version": "8"], .unsupportedVersion, 426),
            (["Sec-WebSocket-Version": "13, 8"], .unsupportedVersion, 426),
            (["Sec-WebSocket-Key": nil], .invalidKey, 400), (["Sec-WebSocket-Key": ""], .invalidKey, 400),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ="], .invalidKey, 400),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSE="], .invalidKey, 400),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ!=="], .invalidKey, 400),
            (["Content-Length": "3"], .unexpectedBody, 400), (["Transfer-Encoding": "chunked"], .unexpectedBody, 400),
        ] as [([String: String?], WebSocketHandshakeError, Int)])
    func rejected(changes: [String: String?], error: WebSocketHandshakeError, status: Int) throws {
        let request = try head("GET", changes)
        #expect(throws: error) { _ = try WebSocketHandshake(request) }
        #expect(error.response.status.code == status && !error.response.body.isEmpty)
    }

    @Test(
        "rejects a key that is not the base64 of 16 bytes",
        arguments: [
            "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub2==jZQ=", "========================",
            "dGhlIHNhbXBsZSBub25jZ===",
            "dGhlIHNhbXBsZSBub25j Q==", "dGhlIHNhbXBsZSBub25j-_==", "=GhlIHNhbXBsZSBub25jZQ==",
            "dGhlIHNhbXBsZSBub25jZQ=A",
            "dGhlIHNhbXBsZSBub25jZQA=",
        ])
    func invalidKeys(key: String) throws {
        #expect(throws: WebSocketHandshakeError.invalidKey) {
            _ = try WebSocketHandshake(try head("GET", ["Sec-WebSocket-Key": key]))
        }
    }

    @Test("accepts a key whose spare bits are set")
    func spareBits() throws {
        _ = try WebSocketHandshake(try head("GET", ["Sec-WebSocket-Key": "AQIDBAUGBwgJCgsMDQ4PEC=="]))
    }

    @Test("rejects other methods, HTTP/1.0 and a repeated key")
    func otherErrors() throws {
        #expect(throws: WebSocketHandshakeError.methodNotGet) { _ = try WebSocketHandshake(try head("POST")) }
        #expect(throws: WebSocketHandshakeError.versionTooOld) {
            _ = try WebSocketHandshake(try head("GET", version: "HTTP/1.0"))
        }
        #expect(throws: WebSocketHandshakeError.invalidKey) {
            _ = try WebSocketHandshake(try head("GET", extra: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
        }
        #expect(WebSocketHandshakeError.methodNotGet.response.headers["Allow"] == "GET")
        #expect(WebSocketHandshakeError.unsupportedVersion.response.headers["Sec-WebSocket-Version"] == "13")
        #expect(WebSocketHandshakeError.upgradeMissing.response.headers["Upgrade"] == "websocket")
        for error in WebSocketHandshakeError.allCases { #expect(!error.text.isEmpty) }
    }

    @Test("an unsupported subprotocol is ignored")
    func subprotocols() throws {
        let handshake = try WebSocketHandshake(
            try head("GET", ["Sec-WebSocket-Protocol": "a, b"]), .init(subprotocols: ["c"]))
        #expect(handshake.subprotocol == nil && !handshake.response.headers.contains("Sec-WebSocket-Protocol"))
    }

    @Test("compression is negotiated only if the endpoint supports it")
    func deflate() throws {
        let request = try head("GET", ["Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"])
        #expect(try WebSocketHandshake(request).deflate == nil)
        let handshake = try WebSocketHandshake(request, .init(deflate: .init()))
        #expect(handshake.deflate == .init(ourWindowBits: 15, peerKeepsContext: false))
        #expect(
            handshake.response.headers["Sec-WebSocket-Extensions"]
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
    }
}
