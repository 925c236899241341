/// The server's side of the opening handshake (RFC 6455 §4.2): pure judgement of a request.
package struct WebSocketHandshake: Hashable, Sendable {
    /// The answer to send: 101 with everything that was agreed on.
    package let response: HTTPResponse
    /// What was picked of the subprotocols that the client offered; nil if none fits.
    package let subprotocol: String?
    /// Nil: nothing is compressed.
    package let deflate: PerMessageDeflate.Agreement?

    /// What a server offers at an endpoint.
    package struct Options: Hashable, Sendable {
        package var subprotocols: [String]
        /// Nil: compression is declined.
        package var deflate: PerMessageDeflate.Settings?
        package var origins: OriginPolicy

        package init(
            subprotocols: [String] = [], deflate: PerMessageDeflate.Settings? = nil, origins: OriginPolicy = .any
        ) {
            self.subprotocols = subprotocols
            self.deflate = deflate
            self.origins = origins
        }
    }

    /// Accepts the request, or says why not.
    package init(_ head: HTTPRequestHead, _ terms: Options = Options()) throws(WebSocketHandshakeError) {
        let accept = try Self.acceptKey(for: head)
        if let origin = head.headers["Origin"], !terms.origins.allows(origin) { throw .originNotAllowed }
        var response = HTTPResponse(.switchingProtocols)
        response.headers.add("Upgrade", "websocket")
        response.headers.add("Connection", "Upgrade")
        response.headers.add("Sec-WebSocket-Accept", accept)
        let offered = head.headers.list("Sec-WebSocket-Protocol")
        subprotocol = offered.first(where: terms.subprotocols.contains)
        if let subprotocol { response.headers.add("Sec-WebSocket-Protocol", subprotocol) }
        let deflate = terms.deflate.flatMap { PerMessageDeflate.negotiate(head.headers, $0) }
        if let deflate { response.headers.add("Sec-WebSocket-Extensions", deflate.answer) }
        self.deflate = deflate?.agreement
        self.response = response
    }

    /// Whether the request wants to become a WebSocket at all; anything else is for the HTTP routes.
    package static func isUpgradeRequest(_ head: HTTPRequestHead) -> Bool {
        head.headers.list("Upgrade", contains: "websocket")
    }

    private static func acceptKey(for head: HTTPRequestHead) throws(WebSocketHandshakeError) -> String {
        guard head.method == .get else { throw .methodNotGet }
        guard isUpgradeRequest(head) else { throw .upgradeMissing }
        guard head.version == .http11 else { throw .versionTooOld }
        guard head.headers.list("Connection", contains: "upgrade") else { throw .connectionMissing }
        guard head.body == .none || head.body == .length(0) else { throw .unexpectedBody }
        guard head.headers.values("Sec-WebSocket-Version") == ["13"] else { throw .unsupportedVersion }
        let keys = head.headers.values("Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, key.utf8.count == 24,
            Base64.decode(Array(key.utf8))?.count == 16
        else { throw .invalidKey }
        return accept(key)
    }

    /// What the server answers to a key: proof that it speaks WebSocket, and not something that echoes.
    static func accept(_ key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}
