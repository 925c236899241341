import Clocks

/// The server side of one Engine.IO session, as a value: packets and the time in, decisions out.
struct EngineSession {
    enum Transport: String, Hashable, Sendable {
        case polling
        /// Polling; a WebSocket is open and waits for the client's decision.
        case upgrading
        case webSocket = "websocket"
        case closed
    }

    private(set) var transport: Transport
    private(set) var isPolled = false
    private(set) var queue: EngineQueue
    private var heartbeat: EngineHeartbeat
    private var hasProbed = false

    init(_ settings: EngineSettings, transport: Transport, now: MonotonicTime) {
        self.transport = transport
        queue = EngineQueue(limit: settings.queueLimit)
        heartbeat = EngineHeartbeat(settings, now: now)
    }

    var isOpen: Bool { transport != .closed }

    // MARK: Input

    enum Poll {
        /// These packets are the response.
        case respond([EngineOutput])
        /// The response follows when there is a packet.
        case wait
        /// Another one is waiting: the session ends.
        case simultaneous
        /// The session does not poll any more.
        case wrongTransport
    }

    /// A GET request of a polling client.
    mutating func poll(maximumPayload: Int) -> Poll {
        switch transport {
        case .webSocket, .closed: return .wrongTransport
        case .polling, .upgrading: break
        }
        guard !isPolled else { return .simultaneous }
        guard queue.isEmpty else { return .respond(queue.removePolled(atMost: maximumPayload)) }
        // The client opens its WebSocket once its last poll has ended.
        if transport == .upgrading, hasProbed { return .respond([EngineOutput(packet: "6")]) }
        isPolled = true
        return .wait
    }

    /// What the pending poll receives now; empty if none is pending or nothing waits.
    mutating func takePolled(maximumPayload: Int) -> [EngineOutput] {
        guard isPolled, !queue.isEmpty else { return [] }
        isPolled = false
        return queue.removePolled(atMost: maximumPayload)
    }

    /// The pending poll receives a packet that is not queued.
    mutating func endPoll() -> Bool {
        defer { isPolled = false }
        return isPolled
    }

    enum Input: Hashable {
        case message(EngineMessage)
        case closedByClient
        /// The client pings over its new WebSocket: it receives the pong there, and the pending poll ends.
        case probed
        /// The client continues on the WebSocket; what was queued follows there.
        case upgraded
        case nothing
    }

    /// A packet of the client that arrived over a transport.
    mutating func receive(
        _ packet: EnginePacket, over source: Transport, now: MonotonicTime
    ) throws(EngineReject) -> Input {
        if source == .upgrading { return try receiveProbe(packet) }
        switch packet {
        case .message(let message): return .message(message)
        case .close: return .closedByClient
        case .pong:
            heartbeat.receivePong(now: now)
            return .nothing
        case .ping: throw .unexpectedPing
        case .open, .upgrade, .noop: return .nothing
        }
    }

    /// A packet over a WebSocket that the session has not changed to.
    private mutating func receiveProbe(_ packet: EnginePacket) throws(EngineReject) -> Input {
        switch packet {
        case .ping(let data) where data.elementsEqual(EnginePacket.probe):
            hasProbed = true
            return .probed
        case .upgrade where hasProbed:
            transport = .webSocket
            return .upgraded
        default: throw .unexpectedUpgrade
        }
    }

    /// A WebSocket opens for the upgrade; false if the session has one already.
    mutating func beginUpgrade() -> Bool {
        guard transport == .polling else { return false }
        transport = .upgrading
        hasProbed = false
        return true
    }

    /// The WebSocket of the upgrade closed before the client decided for it.
    mutating func cancelUpgrade() {
        if transport == .upgrading { transport = .polling }
    }

    // MARK: Output

    enum Send: Hashable {
        /// Send it on the WebSocket.
        case now
        /// It is queued, and older outputs were dropped.
        case queued(dropped: Int)
        /// The client is too slow: the session ends.
        case full
        case closed
    }

    mutating func send(_ output: EngineOutput) -> Send {
        switch transport {
        case .closed: return .closed
        case .webSocket: return .now
        case .polling, .upgrading:
            switch queue.append(output) {
            case .appended: return .queued(dropped: 0)
            case .dropped(let count): return .queued(dropped: count)
            case .full: return .full
            }
        }
    }

    /// What was queued before the upgrade.
    mutating func takeQueue() -> [EngineOutput] { queue.removeFirst() }

    // MARK: Time

    /// When `tick` next has an effect.
    var deadline: MonotonicTime { heartbeat.deadline }

    mutating func tick(now: MonotonicTime) -> EngineHeartbeat.Decision? {
        isOpen ? heartbeat.decide(now: now) : nil
    }

    mutating func close() {
        transport = .closed
        isPolled = false
        _ = queue.removeFirst()
    }
}
