import Clocks

package struct WebSocketLimits: Hashable, Sendable {
    /// The largest message, defragmented and decompressed. Exceeding it ends the connection with 1009.
    package var messageBytes: Int
    /// From the first byte of a message or a control frame to its last. Exceeding it ends the connection with 1008.
    package var messageTimeout: Nanoseconds
    /// How long the peer may take to answer our close frame.
    package var closeTimeout: Nanoseconds

    package init(
        messageBytes: Int = 1_048_576, messageTimeout: Nanoseconds = .seconds(Int64(10)),
        closeTimeout: Nanoseconds = .seconds(Int64(5))
    ) {
        self.messageBytes = messageBytes
        self.messageTimeout = messageTimeout
        self.closeTimeout = closeTimeout
    }
}

/// When a silent connection is pinged, and when it times out.
package struct WebSocketKeepalive: Hashable, Sendable {
    /// How long the peer may be silent before a ping is sent. Nil: no pings.
    package var pingInterval: Nanoseconds?
    /// How long after a ping the peer must send at least one byte.
    package var pongTimeout: Nanoseconds

    package init(pingInterval: Nanoseconds? = .seconds(Int64(20)), pongTimeout: Nanoseconds = .seconds(Int64(20))) {
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
    }

    package static let off = Self(pingInterval: nil)
}

/// Tracks the liveness of the peer, as a value.
struct WebSocketLivenessMonitor: Sendable {
    enum Decision: Hashable, Sendable {
        case nothing
        case ping
        case timeOut
    }

    private let keepalive: WebSocketKeepalive
    private var lastActivity: MonotonicTime
    /// When the unanswered ping was sent.
    private var pingSentAt: MonotonicTime?

    init(_ keepalive: WebSocketKeepalive, now: MonotonicTime) {
        self.keepalive = keepalive
        lastActivity = now
    }

    /// Any byte proves liveness.
    mutating func recordActivity(now: MonotonicTime) {
        lastActivity = now
        pingSentAt = nil
    }

    /// When `decide` next has an effect.
    var deadline: MonotonicTime? {
        if let pingSentAt { return pingSentAt + keepalive.pongTimeout }
        return keepalive.pingInterval.map { lastActivity + $0 }
    }

    mutating func decide(now: MonotonicTime) -> Decision {
        guard let deadline, now >= deadline else { return .nothing }
        guard pingSentAt == nil else { return .timeOut }
        pingSentAt = now
        return .ping
    }
}
