import Testing

@testable import Web

@Suite("WebSocket handshakes") struct WebSocketHandshakeTests {
    private static let usual = [
        "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
    ]

    /// The usual request with some headers changed, or left out where the value is nil.
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

    @Test("what browsers send is accepted", arguments: ["keep-alive, Upgrade", "upgrade", "UPGRADE, foo"])
    func connectionHeader(value: String) throws {
        _ = try WebSocketHandshake(try head("GET", ["Connection": value, "Upgrade": "WebSocket"]))
    }

    @Test(
        "refusals",
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
            (["Origin": "http://evil"], .originNotAllowed, 403),
        ] as [([String: String?], WebSocketHandshakeError, Int)])
    func refused(changes: [String: String?], refusal: WebSocketHandshakeError, status: Int) throws {
        let request = try head("GET", changes)
        let terms = WebSocketHandshake.Options(origins: OriginPolicy(["http://good"]))
        #expect(throws: refusal) { _ = try WebSocketHandshake(request, terms) }
        #expect(refusal.response.status.code == status && !refusal.response.body.isEmpty)
    }

    @Test("the method, the version of HTTP, and a key that came twice")
    func otherRefusals() throws {
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
        for refusal in WebSocketHandshakeError.allCases { #expect(!refusal.text.isEmpty) }
    }

    @Test("a listed origin may, and so may a client that is no browser")
    func origins() throws {
        let terms = WebSocketHandshake.Options(origins: OriginPolicy(["http://good"]))
        _ = try WebSocketHandshake(try head("GET", ["Origin": "http://good"]), terms)
        _ = try WebSocketHandshake(try head(), terms)
    }

    @Test("a subprotocol that the server doesn't speak is not answered")
    func subprotocols() throws {
        let handshake = try WebSocketHandshake(
            try head("GET", ["Sec-WebSocket-Protocol": "a, b"]), .init(subprotocols: ["c"]))
        #expect(handshake.subprotocol == nil && !handshake.response.headers.contains("Sec-WebSocket-Protocol"))
    }

    @Test("compression is agreed on only where the endpoint wants it")
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
