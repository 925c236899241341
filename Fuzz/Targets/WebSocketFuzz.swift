import Clocks
import Web

/// Chunk boundaries do not affect the result. Messages respect the limit, text is UTF-8, and replies are valid for the
/// peer. The first byte selects the role and the extension parameters.
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
            try require((conversation.streamEnded() == nil) == (end != nil), "end reported twice or never")
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
        try require(whole == cut, "whole: \(whole), in chunks: \(cut)")
        for message in whole.messages {
            try require(message.bytes.count <= messageBytes, "a message above the limit")
            let isText = String(validating: message.bytes, as: UTF8.self) != nil
            try require(message.kind == .binary || isText, "text that is not UTF-8")
        }
        try require(whole.output.count <= stream.count + 150, "replies longer than the input")
        let peer: WebSocketRole = isServer ? .client(WebSocketMaskSource(seed: 2)) : .server
        let answered = try Outcome(CollectionOfOne(whole.output[...]), role: peer, deflate: nil)
        try require(answered.messages.isEmpty, "message in the replies")
        if case .failed(let fault)? = answered.end?.cause { throw InvariantViolation("invalid reply: \(fault)") }
        if let end = whole.end, case .failed(let fault) = end.cause {
            try require(
                answered.end?.code == fault.closeCode, "peer sees \(String(describing: answered.end))")
        }
    }
}

/// Compressed messages decompress to the original, with and without context takeover. The first byte selects the window
/// and the compression level.
enum DeflateFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let choice = input.first else { return }
        let message = input.dropFirst()
        guard let deflater = Deflater(windowBits: 8 + Int(choice & 7), level: 1 + Int(choice >> 5), threshold: 0) else {
            throw InvariantViolation("no deflater")
        }
        // Repeated, because no message may affect the next.
        for copies in 1...3 {
            let long = Array(repeatElement(message, count: copies).joined())
            var frames: [UInt8] = []
            guard deflater.appendFrame(.binary, long[...], to: &frames) else {
                try require(frames.isEmpty, "output left behind after a message that does not compress")
                continue
            }
            try require(frames.count < long.count + 10, "longer than the input")
            let twice = frames + frames
            for keepsContext in [true, false] {
                let read = try messages(in: twice, keepsContext: keepsContext)
                try require(read == [long, long], "decompresses differently")
            }
        }
    }

    private static func messages(in frames: [UInt8], keepsContext: Bool) throws -> [[UInt8]] {
        let start = MonotonicTime(nanoseconds: 0)
        var conversation = WebSocketStateMachine(
            role: .client(WebSocketMaskSource(seed: 1)), limits: WebSocketLimits(messageBytes: 1 << 16),
            deflate: .init(ourWindowBits: 15, peerKeepsContext: keepsContext), now: start)
        var messages: [[UInt8]] = []
        var output: [UInt8] = []
        for piece in Chunks(frames[...]) {
            var input = piece
            while let event = conversation.next(&input, now: start, output: &output) {
                guard case .message(let message) = event else { throw InvariantViolation("\(event)") }
                messages.append(message.bytes)
            }
        }
        return messages
    }
}
