import Clocks
import Reactor

/// Whoever serves the clients of one WebSocket endpoint.
@ReactorActor
package protocol WebSocketService: AnyObject {
    var settings: WebSocketSettings { get }
    /// Compresses what is worth it, for clients that agreed; nil where nothing is compressed.
    var deflater: Deflater? { get }
    func connected(_ client: WebSocketClient)
    func receive(_ message: WebSocketMessage, from client: WebSocketClient)
    /// Said once for every client that was connected, last.
    func disconnected(_ client: WebSocketClient)
    /// What to tell a client that has just caught up, after this many messages were dropped since it did not keep up.
    func notice(ofDropped messages: Int) -> [UInt8]?
}

/// What an endpoint offers its clients, and how it looks after them.
package struct WebSocketSettings: Sendable {
    package var handshake = WebSocketHandshake.Options()
    package var limits = WebSocketLimits()
    package var keepalive = WebSocketKeepalive()

    package init() {}

    /// Often enough that no deadline is missed by more than a quarter.
    var sweepInterval: Nanoseconds {
        let shortest = min(keepalive.pingInterval ?? keepalive.pongTimeout, keepalive.pongTimeout, limits.closeTimeout)
        return max(.milliseconds(50), shortest / 4)
    }
}
