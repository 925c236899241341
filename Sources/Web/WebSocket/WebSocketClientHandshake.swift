/// The client side of the opening handshake: creates the request and checks the response.
package struct WebSocketClientHandshake: Sendable {
    /// The result of the negotiation.
    package struct Outcome: Hashable, Sendable {
        package let subprotocol: String?
        package let deflate: PerMessageDeflate.Agreement?
    }

    package enum ResponseError: Error, Hashable, Sendable {
        /// The response is not valid HTTP.
        case notHTTP(HTTPError)
        /// A status other than 101.
        case unexpectedStatus(HTTPStatus)
        case notWebSocket
        case wrongAcceptKey
        case unofferedSubprotocol(String)
        case unofferedExtension
    }

    private let key: String
    private let subprotocols: [String]
    private let offer: PerMessageDeflate.Offer?
    private var parser = HTTPResponseHeadParser()
    package let request: [UInt8]

    /// `seed` determines the key; use a different one for each connection. `token`: the access token to present.
    package init(
        host: String, target: String = "/", subprotocols: [String] = [], deflate offer: PerMessageDeflate.Offer? = nil,
        token: String? = nil, seed: UInt64
    ) {
        var source = WebSocketMaskSource(seed: seed)
        key = Base64.encode((0..<16).map { _ in UInt8(truncatingIfNeeded: source.next()) })
        self.subprotocols = subprotocols
        self.offer = offer
        var headers = HTTPHeaders()
        headers.add("Host", host)
        headers.add("Upgrade", "websocket")
        headers.add("Connection", "Upgrade")
        headers.add("Sec-WebSocket-Version", "13")
        headers.add("Sec-WebSocket-Key", key)
        if let token { headers.add("Authorization", "Bearer \(token)") }
        if !subprotocols.isEmpty { headers.add("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")) }
        if let offer { headers.add("Sec-WebSocket-Extensions", offer.parameters.text) }
        var request = Array("GET \(target) HTTP/1.1\r\n".utf8)
        headers.appendLines(to: &request) { _ in false }
        self.request = request + [0x0D, 0x0A]
    }

    /// Parses the response at the front of `input`; nil, with `input` consumed, if it is incomplete. The rest of
    /// `input` belongs to the first frame.
    package mutating func next(_ input: inout ArraySlice<UInt8>) throws(ResponseError) -> Outcome? {
        let head: HTTPResponseHead?
        do {
            head = try parser.next(&input)
        } catch {
            throw .notHTTP(error)
        }
        guard let head else { return nil }
        guard head.status == .switchingProtocols else { throw .unexpectedStatus(head.status) }
        guard head.headers.list("Upgrade", contains: "websocket"), head.headers.list("Connection", contains: "upgrade")
        else { throw .notWebSocket }
        guard head.headers.values("Sec-WebSocket-Accept") == [WebSocketHandshake.accept(key)] else {
            throw .wrongAcceptKey
        }
        let subprotocol = head.headers["Sec-WebSocket-Protocol"]
        if let subprotocol, !subprotocols.contains(subprotocol) { throw .unofferedSubprotocol(subprotocol) }
        return Outcome(subprotocol: subprotocol, deflate: try agreement(head.headers))
    }

    private func agreement(_ headers: HTTPHeaders) throws(ResponseError) -> PerMessageDeflate.Agreement? {
        guard headers.contains("Sec-WebSocket-Extensions") else { return nil }
        let answers = WebSocketExtension.list(headers)
        guard let offer, answers.count == 1, let agreement = offer.agreement(answers[0]) else {
            throw .unofferedExtension
        }
        return agreement
    }
}

extension WebSocketClientHandshake.ResponseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notHTTP: "the server's response is not HTTP"
        case .unexpectedStatus(let status): "the server answered with status \(status.code)"
        case .notWebSocket, .wrongAcceptKey: "the server's response is not that of a WebSocket server"
        case .unofferedSubprotocol, .unofferedExtension:
            "the server chose an extension or a subprotocol that was not offered"
        }
    }

    /// Whether the same request may succeed later: the server itself failed or is too busy.
    package var isTemporary: Bool {
        if case .unexpectedStatus(let status) = self { status.code >= 500 || status == .tooManyRequests } else { false }
    }
}

extension PerMessageDeflate {
    /// A client's offer.
    package struct Offer: Hashable, Sendable {
        var parameters: Parameters

        /// The client always lets the server limit its window.
        package init(
            serverNoContextTakeover: Bool = false, clientNoContextTakeover: Bool = false,
            serverMaxWindowBits: Int? = nil
        ) {
            parameters = Parameters()
            parameters.serverNoContextTakeover = serverNoContextTakeover
            parameters.clientNoContextTakeover = clientNoContextTakeover
            parameters.serverMaxWindowBits = serverMaxWindowBits
            parameters.clientMaxWindowBits = .any
        }

        /// The agreement that follows from the server's response; nil if the response does not match this offer (RFC
        /// 7692 §7.1).
        func agreement(_ response: WebSocketExtension) -> Agreement? {
            guard response.name == PerMessageDeflate.name, let accepted = Parameters(response.parameters),
                accepted.serverNoContextTakeover || !parameters.serverNoContextTakeover,
                accepted.serverMaxWindowBits ?? 15 <= parameters.serverMaxWindowBits ?? 15
            else { return nil }
            let keepsContext = !accepted.serverNoContextTakeover
            switch accepted.clientMaxWindowBits {
            case .any: return nil
            case .bits(let bits): return Agreement(ourWindowBits: bits, peerKeepsContext: keepsContext)
            case nil: return Agreement(ourWindowBits: 15, peerKeepsContext: keepsContext)
            }
        }
    }
}
