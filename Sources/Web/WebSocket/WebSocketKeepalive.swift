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
struct WebSocketPulse: Sendable {
    enum Decision: Hashable, Sendable {
        case nothing
        case ping
        case giveUp
    }

    private let keepalive: WebSocketKeepalive
    private var lastHeard: MonotonicTime
    /// When the ping that has had no sign of life after it went out.
    private var unanswered: MonotonicTime?

    init(_ keepalive: WebSocketKeepalive, now: MonotonicTime) {
        self.keepalive = keepalive
        lastHeard = now
    }

    /// Any byte is a sign of life.
    mutating func heard(now: MonotonicTime) {
        lastHeard = now
        unanswered = nil
    }

    /// When `decide` will next have something to say.
    var deadline: MonotonicTime? {
        if let unanswered { return unanswered + keepalive.pongTimeout }
        return keepalive.pingInterval.map { lastHeard + $0 }
    }

    mutating func decide(now: MonotonicTime) -> Decision {
        guard let deadline, now >= deadline else { return .nothing }
        guard unanswered == nil else { return .giveUp }
        unanswered = now
        return .ping
    }
}
