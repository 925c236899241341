import Clocks

/// When a silent connection is asked whether it is still alive, and for how long it may stay silent then.
package struct WebSocketKeepalive: Hashable, Sendable {
    /// After this long without a byte from the other side, a ping goes out. Nil: never.
    package var pingInterval: Nanoseconds?
    /// How long after a ping any byte, pong or not, must have come.
    package var pongTimeout: Nanoseconds

    package init(pingInterval: Nanoseconds? = .seconds(Int64(20)), pongTimeout: Nanoseconds = .seconds(Int64(20))) {
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
    }

    package static let off = Self(pingInterval: nil)
}

/// How alive the other side seems, as a value.
struct WebSocketLivenessMonitor: Sendable {
    enum Decision: Hashable, Sendable {
        case nothing
        case ping
        case timeOut
    }

    private let keepalive: WebSocketKeepalive
    private var lastActivity: MonotonicTime
    /// When the ping that has had no sign of life after it went out.
    private var pingSentAt: MonotonicTime?

    init(_ keepalive: WebSocketKeepalive, now: MonotonicTime) {
        self.keepalive = keepalive
        lastActivity = now
    }

    /// Any byte is a sign of life.
    mutating func recordActivity(now: MonotonicTime) {
        lastActivity = now
        pingSentAt = nil
    }

    /// When `decide` will next have something to say.
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
