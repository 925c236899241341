import Clocks
import Web

/// Whatever is compressed reads the same again, by a client that remembers nothing as by one that remembers all. The
/// first byte chooses the window and how hard to try.
enum DeflateFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let choice = input.first else { return }
        let message = input.dropFirst()
        guard let deflater = Deflater(windowBits: 8 + Int(choice & 7), level: 1 + Int(choice >> 5), threshold: 0) else {
            throw InvariantViolation("no deflater")
        }
        // Three times over: in a run of equal messages nothing of one may leak into the next.
        for copies in 1...3 {
            let long = Array(repeatElement(message, count: copies).joined())
            var frames: [UInt8] = []
            guard deflater.appendFrame(.binary, long[...], to: &frames) else {
                try require(frames.isEmpty, "a frame that was not worth it is left behind")
                continue
            }
            try require(frames.count < long.count + 10, "longer than before")
            let twice = frames + frames
            for keepsContext in [true, false] {
                let read = try messages(in: twice, keepsContext: keepsContext)
                try require(read == [long, long], "reads differently")
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
