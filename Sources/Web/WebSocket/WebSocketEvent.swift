/// What a connection has to tell its owner.
package enum WebSocketEvent: Hashable, Sendable {
    case message(WebSocketMessage)
    /// Nothing more will come or may be sent. Send what was appended to the output, then close the stream.
    case ended(WebSocketEnd)
}
