import Clocks

/// One WebSocket connection after its opening handshake, as a value: bytes and moments in, messages and bytes out. Its
/// owner moves bytes between it and the stream and does what it says; it knows no stream and no clock.
///
/// It must not be copied while in use: compressed messages are read through an object that copies would share.
package struct WebSocketStateMachine {
    private enum State: Sendable {
        case open
        /// Our close frame is out, and its answer is awaited.
        case closing(WebSocketCloseCode, deadline: MonotonicTime)
        case ended
    }

    private var role: WebSocketRole
    private let limits: WebSocketLimits
    private var decoder: WebSocketFrameDecoder
    private var assembler: WebSocketMessageAssembler
    private var state = State.open
    private var liveness: WebSocketLivenessMonitor
    /// The frame at hand: what it is, and whether it is its message's last.
    private var opcode = WebSocketOpcode.continuation
    private var isFinal = false
    private var controlPayload: [UInt8] = []
    /// What was agreed on about compression; nil: nothing.
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

    /// When `tick` will next have something to do; nil: never.
    package var deadline: MonotonicTime? {
        switch state {
        case .open: liveness.deadline
        case .closing(_, let deadline): deadline
        case .ended: nil
        }
    }

    /// Takes bytes that arrived `now` off the front of `input`, up to the next event; nil, with `input` used up, when
    /// more has to arrive. Answers (pongs, a close frame) are appended to `output`. Call it until it gives nil.
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
                guard let event = try decoder.next(&input) else { return nil }
                if let told = try handle(event, output: &output) { return told }
            }
        } catch {
            return fail(error, output: &output)
        }
    }

    /// Begins the closing handshake. Does nothing if it has begun already.
    package mutating func close(
        _ code: WebSocketCloseCode, reason: String = "", now: MonotonicTime, output: inout [UInt8]
    ) {
        guard case .open = state else { return }
        append(.close, WebSocketFrame.closePayload(code, reason), to: &output)
        state = .closing(code, deadline: now + limits.closeTimeout)
    }

    /// Does what is due: asks a silent side for a sign of life, gives up on one that gave none.
    package mutating func tick(now: MonotonicTime, output: inout [UInt8]) -> WebSocketEvent? {
        switch state {
        case .open:
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

    /// The stream ended. Nil if the conversation had ended before.
    package mutating func streamEnded() -> WebSocketEvent? {
        if case .ended = state { return nil }
        return end(.streamClosed, .abnormal, "")
    }

    /// Appends a message for this connection alone; false if it may send no more. A broadcast appends shared bytes
    /// instead, see `WebSocketFrame`. `deflater` compresses it where that was agreed on and makes it shorter.
    package mutating func send(
        _ message: WebSocketMessage, deflater: Deflater? = nil, output: inout [UInt8]
    ) -> Bool {
        guard case .open = state else { return false }
        if let deflater, deflate?.allows(deflater, payloadBytes: message.bytes.count) == true,
            message.bytes.count >= deflater.threshold
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
            if opcode.isControl {
                let payload = controlPayload
                controlPayload = []
                return try handleControl(payload, output: &output)
            }
            // What still arrives after our close frame was sent before the other side saw it; nobody waits for it.
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
            // A pong has done its work by having arrived.
            return nil
        }
    }

    private mutating func fail(_ fault: WebSocketError, output: inout [UInt8]) -> WebSocketEvent {
        if case .open = state {
            append(.close, WebSocketFrame.closePayload(fault.closeCode, fault.text), to: &output)
        }
        return end(.failed(fault), fault.closeCode, fault.text)
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
