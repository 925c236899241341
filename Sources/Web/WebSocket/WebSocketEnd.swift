/// How a connection ended.
package struct WebSocketEnd: Hashable, Sendable {
    package enum Cause: Hashable, Sendable {
        /// The other side began the closing handshake, and we answered.
        case closedByPeer
        /// We began it, and the other side answered.
        case closedByUs
        /// We began it, and no answer came in time.
        case closeUnanswered
        /// The other side broke the rules, or went silent.
        case failed(WebSocketError)
        /// The stream ended without a closing handshake.
        case streamClosed
    }

    package let cause: Cause
    /// The code that the close frame carried: the other side's if it sent one, ours otherwise.
    package let code: WebSocketCloseCode
    package let reason: String
}
