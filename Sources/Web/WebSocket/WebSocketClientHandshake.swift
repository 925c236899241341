/// The client's side of the opening handshake: the request to send, and the check of the answer.
package struct WebSocketClientHandshake: Sendable {
    /// What was agreed on.
    package struct Outcome: Hashable, Sendable {
        package let subprotocol: String?
        package let deflate: PerMessageDeflate.Agreement?
    }

    /// Why the answer opens no connection.
    package enum ResponseError: Error, Hashable, Sendable {
        /// What came back is not HTTP.
        case notHTTP(HTTPError)
        /// The server answered with another status than 101.
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
    /// The request that opens the connection.
    package let request: [UInt8]

    /// `seed` makes the key; another for each connection.
    package init(
        host: String, target: String = "/", subprotocols: [String] = [], deflate offer: PerMessageDeflate.Offer? = nil,
        seed: UInt64
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
        if !subprotocols.isEmpty { headers.add("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")) }
        if let offer { headers.add("Sec-WebSocket-Extensions", offer.parameters.text) }
        var request = Array("GET \(target) HTTP/1.1\r\n".utf8)
        headers.appendLines(to: &request) { _ in false }
        self.request = request + [0x0D, 0x0A]
    }

    /// Takes the answer off the front of `input`; nil, with `input` used up, while its end is missing. What follows it in
    /// `input` is the first frame.
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
