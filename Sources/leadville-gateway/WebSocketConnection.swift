import Clocks
import Configuration
import Glibc
import Reactor
import Web

/// A blocking WebSocket client for one connection.
struct WebSocketConnection: ~Copyable {
    enum Outcome {
        /// Possibly none.
        case messages([[UInt8]])
        /// `isFinal`: connecting again would not help.
        case ended(reason: String, isFinal: Bool)
    }

    private let descriptor: OwnedDescriptor
    /// Nil once the server has accepted it.
    private var handshake: WebSocketClientHandshake?
    private var stateMachine: WebSocketStateMachine
    private var output: [UInt8]
    /// Sent once the handshake is complete.
    private var firstMessage: [UInt8]?
    private var handshakeDeadline: MonotonicTime
    static let maximumMessageBytes = 16 << 20
    private static let handshakeTimeout = Nanoseconds.seconds(10)

    init(_ descriptor: consuming OwnedDescriptor, _ url: WebSocketURL, token: String?) {
        let now = SystemClock.monotonic()
        self.descriptor = descriptor
        var random = SystemRandomNumberGenerator()
        let handshake = WebSocketClientHandshake(host: url.host, target: url.path, token: token, seed: random.next())
        stateMachine = WebSocketStateMachine(
            role: .client(WebSocketMaskSource(seed: random.next())),
            limits: WebSocketLimits(messageBytes: Self.maximumMessageBytes), now: now)
        output = handshake.request
        self.handshake = handshake
        handshakeDeadline = now + Self.handshakeTimeout
    }

    /// Whether the server has accepted the handshake.
    var isAccepted: Bool { handshake == nil }

    /// When `receive` is due, even without input.
    var deadline: MonotonicTime {
        if handshake != nil { return handshakeDeadline }
        return stateMachine.deadline ?? SystemClock.monotonic() + .seconds(60)
    }

    mutating func subscribe(to channels: [String], since: UInt64?) {
        firstMessage = LiveMessage.subscription(to: channels, since: since)
    }

    /// Sends what is due, and returns the messages that arrive within the time.
    mutating func receive(within milliseconds: Int32) -> Outcome {
        if let reason = flush() { return .ended(reason: reason, isFinal: false) }
        var ready = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, milliseconds) > 0 else { return tick() }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor.number, &buffer, buffer.count, 0)
        if count < 0, errno == EINTR || errno == EAGAIN { return .messages([]) }
        guard count > 0 else {
            let reason = count == 0 ? "the server closed the connection" : SystemError.text(of: errno)
            return .ended(reason: reason, isFinal: false)
        }
        var input = buffer[..<count]
        if handshake != nil, let ending = readResponse(&input) { return ending }
        return readMessages(input)
    }

    /// Returns how the connection ended, if it did.
    private mutating func readResponse(_ input: inout ArraySlice<UInt8>) -> Outcome? {
        do throws(WebSocketClientHandshake.ResponseError) {
            guard try handshake?.next(&input) != nil else { return nil }
            handshake = nil
            if let firstMessage { _ = stateMachine.send(WebSocketMessage(.text, firstMessage), output: &output) }
            return flush().map { .ended(reason: $0, isFinal: false) }
        } catch {
            return .ended(reason: "\(error)", isFinal: !error.isTemporary)
        }
    }

    private mutating func readMessages(_ input: ArraySlice<UInt8>) -> Outcome {
        guard handshake == nil else { return .messages([]) }
        var input = input
        var messages: [[UInt8]] = []
        let now = SystemClock.monotonic()
        while let event = stateMachine.next(&input, now: now, output: &output) {
            switch event {
            case .message(let message): messages.append(message.bytes)
            case .ended(let end):
                _ = flush()
                // The messages before the end come first; the end is reported by the next call.
                if messages.isEmpty { return Self.outcome(of: end) }
                return .messages(messages)
            }
        }
        return flush().map { .ended(reason: $0, isFinal: false) } ?? .messages(messages)
    }

    private mutating func tick() -> Outcome {
        let now = SystemClock.monotonic()
        if handshake != nil {
            return now < handshakeDeadline
                ? .messages([]) : .ended(reason: "the server does not answer", isFinal: false)
        }
        if case .ended(let end)? = stateMachine.tick(now: now, output: &output) { return Self.outcome(of: end) }
        return flush().map { .ended(reason: $0, isFinal: false) } ?? .messages([])
    }

    private static func outcome(of end: WebSocketEnd) -> Outcome {
        let text = end.reason.isEmpty ? "" : ": \(end.reason)"
        return .ended(reason: "the connection was closed (\(end.code)\(text))", isFinal: false)
    }

    /// Returns why it failed, or nil.
    private mutating func flush() -> String? {
        while !output.isEmpty {
            let count = send(descriptor.number, output, output.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return SystemError.text(of: errno) }
            output.removeFirst(count)
        }
        return nil
    }
}
