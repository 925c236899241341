import Clocks

@testable import Web

/// Feeds chunked bytes to a state machine, and records all output.
struct WebSocketHarness {
    var stateMachine: WebSocketStateMachine
    var now = MonotonicTime(nanoseconds: 0)
    var output: [UInt8] = []
    var messages: [WebSocketMessage] = []
    var end: WebSocketEnd?

    init(
        role: WebSocketRole = .server, messageBytes: Int = 1_048_576, deflate: PerMessageDeflate.Agreement? = nil,
        keepalive: WebSocketKeepalive = .off, messageTimeout: Nanoseconds = .seconds(Int64(10))
    ) {
        stateMachine = WebSocketStateMachine(
            role: role, limits: WebSocketLimits(messageBytes: messageBytes, messageTimeout: messageTimeout),
            deflate: deflate, keepalive: keepalive, now: now)
    }

    /// Feeds the bytes in chunks of the lengths that `nextLength` returns.
    mutating func receive(_ bytes: [UInt8], nextLength: () -> Int = { .max }) {
        var rest = bytes[...]
        while !rest.isEmpty {
            var piece = rest.prefix(max(1, nextLength()))
            rest = rest[piece.endIndex...]
            while let event = stateMachine.next(&piece, now: now, output: &output) { record(event) }
        }
    }

    mutating func advance(_ span: Nanoseconds) {
        now = now + span
        if let event = stateMachine.tick(now: now, output: &output) { record(event) }
    }

    private mutating func record(_ event: WebSocketEvent) {
        switch event {
        case .message(let message): messages.append(message)
        case .ended(let end): self.end = end
        }
    }

    /// All results, for comparison.
    var outcome: Outcome { Outcome(output: output, messages: messages, end: end) }

    struct Outcome: Equatable {
        var output: [UInt8]
        var messages: [WebSocketMessage]
        var end: WebSocketEnd?
    }
}

extension WebSocketMessage {
    static func text(_ text: String) -> Self { Self(.text, Array(text.utf8)) }
}

extension PerMessageDeflate.Agreement {
    static let plain = Self(ourWindowBits: 15, peerKeepsContext: true)
}

/// A masked frame.
func clientFrame(
    _ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, isFinal: Bool = true, isCompressed: Bool = false,
    key: UInt32 = 0x1234_5678
) -> [UInt8] {
    var bytes: [UInt8] = []
    WebSocketFrame.append(
        opcode, payload, isFinal: isFinal, isCompressed: isCompressed, mask: WebSocketMask(key: key), to: &bytes)
    return bytes
}

/// The bytes of a string of hexadecimal digits and blanks.
func hexadecimal(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap(\.hexadecimalDigit)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
