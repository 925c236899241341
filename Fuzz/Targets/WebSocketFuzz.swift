import Clocks
import Web

/// However a stream of frames is cut, the same comes of it. Messages keep to the limit, text is UTF-8, and what we answer
/// is something that the other side understands. The first byte chooses the role and what was agreed on.
enum WebSocketFuzz {
    private static let messageBytes = 600

    private struct Outcome: Equatable {
        var messages: [WebSocketMessage] = []
        var end: WebSocketEnd?
        var output: [UInt8] = []

        init(
            _ pieces: some Sequence<ArraySlice<UInt8>>, role: WebSocketRole, deflate: PerMessageDeflate.Agreement?
        ) throws {
            let start = MonotonicTime(nanoseconds: 0)
            var conversation = WebSocketStateMachine(
                role: role, limits: WebSocketLimits(messageBytes: messageBytes), deflate: deflate, now: start)
            for piece in pieces {
                var input = piece
                while let event = conversation.next(&input, now: start, output: &output) {
                    try require(end == nil, "something after the end: \(event)")
                    switch event {
                    case .message(let message): messages.append(message)
                    case .ended(let end): self.end = end
                    }
                }
                try require(input.isEmpty, "input is left over")
            }
            try require(conversation.isOpen == (end == nil), "open and ended")
            try require((conversation.streamEnded() == nil) == (end != nil), "the end is told twice, or never")
        }
    }

    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let choice = input.first else { return }
        let stream = input.dropFirst()
        let isServer = choice & 1 == 0
        let role: WebSocketRole = isServer ? .server : .client(WebSocketMaskSource(seed: 1))
        let deflate =
            choice & 2 == 0 ? nil : PerMessageDeflate.Agreement(ourWindowBits: 15, peerKeepsContext: choice & 4 == 0)
        let whole = try Outcome(CollectionOfOne(stream), role: role, deflate: deflate)
        let cut = try Outcome(Chunks(stream), role: role, deflate: deflate)
        try require(whole == cut, "in one piece \(whole), in several \(cut)")
        for message in whole.messages {
            try require(message.bytes.count <= messageBytes, "a message above the limit")
            let isText = String(validating: message.bytes, as: UTF8.self) != nil
            try require(message.kind == .binary || isText, "text that is not UTF-8")
        }
        try require(whole.output.count <= stream.count + 150, "the answers are longer than what they answer")
        let peer: WebSocketRole = isServer ? .client(WebSocketMaskSource(seed: 2)) : .server
        let answered = try Outcome(CollectionOfOne(whole.output[...]), role: peer, deflate: nil)
        try require(answered.messages.isEmpty, "an answer that is a message")
        if case .failed(let fault)? = answered.end?.cause { throw InvariantViolation("an answer that is \(fault)") }
        if let end = whole.end, case .failed(let fault) = end.cause {
            try require(
                answered.end?.code == fault.closeCode, "the other side is told \(String(describing: answered.end))")
        }
    }
}
