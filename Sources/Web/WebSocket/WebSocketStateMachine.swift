import Clocks
import Random

/// A WebSocket connection after its opening handshake, as a value: bytes and times in, messages and bytes out. Its
/// owner transfers the bytes; it has no stream and no clock.
///
/// Do not copy it while it is in use: copies would share the decompressor.
package struct WebSocketStateMachine {
    private enum State: Sendable {
        case open
        /// Our close frame is sent; the peer's is awaited.
        case closing(WebSocketCloseCode, deadline: MonotonicTime)
        case ended
    }

    private var role: WebSocketRole
    private let limits: WebSocketLimits
    private var decoder: WebSocketFrameDecoder
    private var assembler: WebSocketMessageAssembler
    private var state = State.open
    private var liveness: WebSocketLivenessMonitor
    /// The current frame: its opcode, and whether it is the last of its message.
    private var opcode = WebSocketOpcode.continuation
    private var isFinal = false
    private var controlPayload: [UInt8] = []
    /// When the unfinished message began, or the unfinished frame if there is no message.
    private var unfinishedSince: MonotonicTime?
    /// The negotiated compression; nil without.
    package let deflate: PerMessageDeflate.Agreement?

    package init(
        role: WebSocketRole = .server, limits: WebSocketLimits = WebSocketLimits(),
        deflate: PerMessageDeflate.Agreement? = nil, keepalive: WebSocketKeepalive = WebSocketKeepalive(),
        now: MonotonicTime
    ) {
        self.role = role
        self.limits = limits
        self.deflate = deflate
        decoder = WebSocketFrameDecoder(expectsMask: role == .server, allowsCompression: deflate != nil)
        assembler = WebSocketMessageAssembler(
            maximumBytes: limits.messageBytes, keepsInflater: deflate?.peerKeepsContext ?? false)
        liveness = WebSocketLivenessMonitor(keepalive, now: now)
    }

    /// Whether messages may be sent.
    package var isOpen: Bool {
        if case .open = state { return true }
        return false
    }

    /// When `tick` next has an effect; nil: never.
    package var deadline: MonotonicTime? {
        switch state {
        case .open: [liveness.deadline, messageDeadline].compactMap(\.self).min()
        case .closing(_, let deadline): deadline
        case .ended: nil
        }
    }

    /// The memory that it holds for an unfinished message.
    var heldBytes: Int { assembler.heldBytes }

    private var messageDeadline: MonotonicTime? { unfinishedSince.map { $0 + limits.messageTimeout } }

    /// Gives an unfinished message the whole time again, because we did not read.
    mutating func excuseDelay(now: MonotonicTime) {
        if unfinishedSince != nil { unfinishedSince = now }
    }

    /// Consumes bytes received at `now` from the front of `input` up to the next event; nil, with `input` consumed, if
    /// more input is needed. Responses (pongs, a close frame) are appended to `output`. Call it until it returns nil.
    package mutating func next(
        _ input: inout ArraySlice<UInt8>, now: MonotonicTime, output: inout [UInt8]
    ) -> WebSocketEvent? {
        if !input.isEmpty { liveness.recordActivity(now: now) }
        do {
            while true {
                if case .ended = state {
                    input = input[input.endIndex...]
                    return nil
                }
                guard let event = try decoder.next(&input) else {
                    let isUnfinished = assembler.isInMessage || decoder.isInFrame
                    unfinishedSince = isUnfinished ? unfinishedSince ?? now : nil
                    return nil
                }
                if let result = try handle(event, output: &output) { return result }
            }
        } catch {
            return fail(error, output: &output)
        }
    }

    /// Begins the closing handshake, unless it has already begun.
    package mutating func close(
        _ code: WebSocketCloseCode, reason: String = "", now: MonotonicTime, output: inout [UInt8]
    ) {
        guard case .open = state else { return }
        append(.close, WebSocketFrame.closePayload(code, reason), to: &output)
        state = .closing(code, deadline: now + limits.closeTimeout)
    }

    /// Performs what is due: pings a silent peer, and fails if it timed out.
    package mutating func tick(now: MonotonicTime, output: inout [UInt8]) -> WebSocketEvent? {
        switch state {
        case .open:
            if let messageDeadline, now >= messageDeadline { return fail(.messageTimedOut, output: &output) }
            switch liveness.decide(now: now) {
            case .nothing: break
            case .ping: append(.ping, EmptyCollection(), to: &output)
            case .timeOut: return fail(.noAnswerToPing, output: &output)
            }
            return nil
        case .closing(let code, let deadline):
            return now < deadline ? nil : end(.closeUnanswered, code, "")
        case .ended:
            return nil
        }
    }

    /// Reports the end of the stream. Nil if the connection had already ended.
    package mutating func streamEnded() -> WebSocketEvent? {
        if case .ended = state { return nil }
        return end(.streamClosed, .abnormal, "")
    }

    /// Appends a message for this connection only; false if sending is no longer allowed. Broadcasts append shared
    /// bytes instead, see `WebSocketFrame`. `deflater` compresses the message if that was negotiated and makes it
    /// shorter.
    package mutating func send(
        _ message: WebSocketMessage, deflater: Deflater? = nil, output: inout [UInt8]
    ) -> Bool {
        guard case .open = state else { return false }
        if let deflater, deflate?.allows(deflater, payloadBytes: message.bytes.count) == true,
            deflater.compresses(message.bytes.count)
        {
            let isSent = deflater.withCompressed(message.bytes[...]) { compressed in
                guard compressed.count < message.bytes.count else { return false }
                append(message.kind.opcode, compressed, isCompressed: true, to: &output)
                return true
            }
            if isSent == true { return true }
        }
        append(message.kind.opcode, message.bytes, to: &output)
        return true
    }

    private mutating func handle(
        _ event: WebSocketFrameEvent, output: inout [UInt8]
    ) throws(WebSocketError) -> WebSocketEvent? {
        switch event {
        case .header(let header):
            (opcode, isFinal) = (header.opcode, header.isFinal)
            if !opcode.isControl { try assembler.begin(header) }
        case .payload(let piece, let mask):
            if opcode.isControl {
                let start = controlPayload.count
                controlPayload.append(contentsOf: piece)
                mask.apply(to: &controlPayload, from: start)
            } else {
                try assembler.append(piece, mask)
            }
        case .end:
            // The next message or frame has the whole time.
            if !assembler.isInMessage || (isFinal && !opcode.isControl) { unfinishedSince = nil }
            if opcode.isControl {
                let payload = controlPayload
                controlPayload = []
                return try handleControl(payload, output: &output)
            }
            // Messages that arrive after our close frame are discarded.
            if let message = try assembler.end(isFinal: isFinal), case .open = state { return .message(message) }
        }
        return nil
    }

    private mutating func handleControl(
        _ payload: [UInt8], output: inout [UInt8]
    ) throws(WebSocketError) -> WebSocketEvent? {
        switch opcode {
        case .ping:
            if case .open = state { append(.pong, payload, to: &output) }
            return nil
        case .close:
            let (code, reason) = try WebSocketFrame.readClosePayload(payload)
            if case .closing = state { return end(.closedByUs, code, reason) }
            append(.close, WebSocketFrame.closePayload(code, ""), to: &output)
            return end(.closedByPeer, code, reason)
        default:
            // A pong needs no response.
            return nil
        }
    }

    private mutating func fail(_ error: WebSocketError, output: inout [UInt8]) -> WebSocketEvent {
        if case .open = state {
            append(.close, WebSocketFrame.closePayload(error.closeCode, error.text), to: &output)
        }
        return end(.failed(error), error.closeCode, error.text)
    }

    private mutating func end(_ cause: WebSocketEnd.Cause, _ code: WebSocketCloseCode, _ reason: String)
        -> WebSocketEvent
    {
        state = .ended
        return .ended(WebSocketEnd(cause: cause, code: code, reason: reason))
    }

    private mutating func append(
        _ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, isCompressed: Bool = false,
        to output: inout [UInt8]
    ) {
        switch role {
        case .server:
            WebSocketFrame.append(opcode, payload, isCompressed: isCompressed, to: &output)
        case .client(var masks):
            let mask = WebSocketMask(key: masks.next())
            role = .client(masks)
            WebSocketFrame.append(opcode, payload, isCompressed: isCompressed, mask: mask, to: &output)
        }
    }
}

/// Our side of the connection, which decides whose frames are masked.
package enum WebSocketRole: Hashable, Sendable {
    case server
    /// Our frames are masked with keys from this source.
    case client(WebSocketMaskSource)
}

/// Masking keys for a client's frames: a sequence determined by a seed. Masking prevents scripts in a browser from
/// sending chosen bytes through a proxy; a client without foreign scripts needs no stronger source.
package struct WebSocketMaskSource: Hashable, Sendable {
    private var random: SeededRandom

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// The next key.
    mutating func next() -> UInt32 { UInt32(truncatingIfNeeded: random.next()) }
}
