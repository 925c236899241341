import Clocks

/// The options and limits of an Engine.IO server.
package struct EngineSettings: Sendable {
    /// How long after the last pong the client is pinged, and how long it has to answer.
    package var pingInterval = Nanoseconds.seconds(25)
    package var pingTimeout = Nanoseconds.seconds(20)
    /// The largest body or message of a client.
    package var maximumPayload = 1_000_000
    /// In one body of a polling client.
    package var maximumPackets = 16_384
    /// How many bytes may wait for a polling client.
    package var queueLimit = 1 << 20
    /// How long a WebSocket of an upgrade may take until the client decides for it.
    package var upgradeTimeout = Nanoseconds.seconds(10)
    package var maximumSessions = 1_000
    /// Programs on the same machine are exempt.
    package var maximumSessionsPerAddress = 64

    package init() {}
}

/// When a client is pinged, and when it times out.
struct EngineHeartbeat: Sendable {
    enum Decision: Hashable, Sendable {
        case ping
        case timeOut
    }

    private enum State {
        case idle(pingDue: MonotonicTime)
        case pinged(pongDue: MonotonicTime)
    }

    private let interval: Nanoseconds
    private let timeout: Nanoseconds
    private var state: State

    /// A ping that is sent late by more than this moves the deadline of its pong.
    private static let tolerance = Nanoseconds.milliseconds(20)

    init(_ settings: EngineSettings, now: MonotonicTime) {
        interval = settings.pingInterval
        timeout = settings.pingTimeout
        state = .idle(pingDue: now + interval)
    }

    var deadline: MonotonicTime {
        switch state {
        case .idle(let due), .pinged(let due): due
        }
    }

    mutating func decide(now: MonotonicTime) -> Decision? {
        guard now >= deadline else { return nil }
        switch state {
        case .pinged: return .timeOut
        case .idle(let due):
            state = .pinged(pongDue: max(due, now - Self.tolerance) + timeout)
            return .ping
        }
    }

    /// A pong that no ping asked for changes nothing.
    mutating func receivePong(now: MonotonicTime) {
        if case .pinged = state { state = .idle(pingDue: now + interval) }
    }
}
