import Network

/// A whole request, as the handlers see it.
package struct HTTPRequest: Sendable {
    package let head: HTTPRequestHead
    package let body: [UInt8]
    package let peer: SocketAddress

    package var method: HTTPMethod { head.method }
    package var path: String { head.path }
}

/// What becomes of a request.
package enum HTTPReply {
    case response(HTTPResponse)
    /// The connection becomes a WebSocket of this service.
    case webSocket(any WebSocketService)
}
