/// The server side of the opening handshake (RFC 6455 §4.2), without I/O.
package struct WebSocketHandshake: Hashable, Sendable {
    /// The 101 response with everything that was negotiated.
    package let response: HTTPResponse
    /// The selected subprotocol; nil if none matches.
    package let subprotocol: String?
    /// Nil without compression.
    package let deflate: PerMessageDeflate.Agreement?

    /// What a server supports at an endpoint.
    package struct Options: Hashable, Sendable {
        package var subprotocols: [String]
        /// Nil: compression is declined.
        package var deflate: PerMessageDeflate.Settings?

        package init(subprotocols: [String] = [], deflate: PerMessageDeflate.Settings? = nil) {
            self.subprotocols = subprotocols
            self.deflate = deflate
        }
    }

    /// Accepts the request or throws the reason why not.
    package init(_ head: HTTPRequestHead, _ options: Options = Options()) throws(WebSocketHandshakeError) {
        let accept = try Self.acceptKey(for: head)
        var response = HTTPResponse(.switchingProtocols)
        response.headers.add("Upgrade", "websocket")
        response.headers.add("Connection", "Upgrade")
        response.headers.add("Sec-WebSocket-Accept", accept)
        let offered = head.headers.list("Sec-WebSocket-Protocol")
        // A browser that offers a token must be answered with one of the offered names; the token is not repeated.
        let presentsToken = offered.count == 2 && offered[0] == PresentedToken.subprotocol
        subprotocol =
            offered.first(where: options.subprotocols.contains)
            ?? (presentsToken ? PresentedToken.subprotocol : nil)
        if let subprotocol { response.headers.add("Sec-WebSocket-Protocol", subprotocol) }
        let deflate = options.deflate.flatMap { PerMessageDeflate.negotiate(head.headers, $0) }
        if let deflate { response.headers.add("Sec-WebSocket-Extensions", deflate.response) }
        self.deflate = deflate?.agreement
        self.response = response
    }

    /// Whether the request asks for a WebSocket; others are ordinary HTTP requests.
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
        guard keys.count == 1, let key = keys.first, isKey(key) else { throw .invalidKey }
        return accept(key)
    }

    /// Whether the text is the base64 of 16 bytes. The spare bits before the padding may be set: those of the example in
    /// RFC 6455 are.
    private static func isKey(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count == 24 && bytes.suffix(2).elementsEqual("==".utf8)
            && bytes.dropLast(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    /// The response to a key, which proves that the server implements WebSocket.
    static func accept(_ key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}

/// Why a request did not become a WebSocket. The raw value is the metric label.
package enum WebSocketHandshakeError: String, Error, CaseIterable, Sendable {
    case methodNotGet = "method_not_get"
    case upgradeMissing = "upgrade_missing"
    case connectionMissing = "connection_missing"
    case versionTooOld = "http_version_too_old"
    case unexpectedBody = "unexpected_body"
    case unsupportedVersion = "unsupported_version"
    case invalidKey = "invalid_key"

    /// The response for the client, with the headers it needs to retry.
    package var response: HTTPResponse {
        var response = HTTPResponse.text(text + "\n", status: status)
        switch self {
        case .methodNotGet:
            response.headers.add("Allow", "GET")
        case .upgradeMissing, .unsupportedVersion:
            response.headers.add("Upgrade", "websocket")
            response.headers.add("Sec-WebSocket-Version", "13")
        default: break
        }
        return response
    }

    package var status: HTTPStatus {
        switch self {
        case .methodNotGet: .methodNotAllowed
        case .upgradeMissing, .unsupportedVersion: .upgradeRequired
        default: .badRequest
        }
    }

    package var text: String {
        switch self {
        case .methodNotGet: "A WebSocket requires the method GET."
        case .upgradeMissing: "This is a WebSocket endpoint. Connect with ws://, or send Upgrade: websocket."
        case .connectionMissing: "The Connection header must contain Upgrade. Check whether a proxy removes it."
        case .versionTooOld: "A WebSocket requires HTTP/1.1."
        case .unexpectedBody: "The request that opens a WebSocket must not have a body."
        case .unsupportedVersion: "Only version 13 of the WebSocket protocol is supported."
        case .invalidKey: "Sec-WebSocket-Key must be sent once and contain 16 bytes in base64."
        }
    }
}
