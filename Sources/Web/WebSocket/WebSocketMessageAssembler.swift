/// Puts messages together from data frames: unmasks, decompresses, checks text as it arrives, holds the limit.
struct WebSocketMessageAssembler {
    private let maximumBytes: Int
    private let keepsInflater: Bool
    /// Nil between messages.
    private var kind: WebSocketMessage.Kind?
    private var isCompressed = false
    /// The message so far, as the receiver will see it.
    private var bytes: [UInt8] = []
    private var text = UTF8Validator()
    /// How much of a compressed message has been announced so far.
    private var compressedBytes = 0
    private var inflater: Inflater?

    /// `keepsInflater`: a compressed message may refer back to earlier ones.
    init(maximumBytes: Int, keepsInflater: Bool) {
        self.maximumBytes = maximumBytes
        self.keepsInflater = keepsInflater
    }

    /// Takes the header of a data frame and refuses it if it doesn't fit what came before, or makes the message too big.
    mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketError) {
        if header.opcode == .continuation {
            guard kind != nil else { throw .continuationOfNothing }
        } else {
            guard kind == nil else { throw .messageInsideMessage }
            kind = header.opcode == .text ? .text : .binary
            isCompressed = header.isCompressed
            compressedBytes = 0
            text = UTF8Validator()
        }
        try makeRoom(for: header.payloadBytes)
    }

    /// Takes a piece of payload, still masked.
    mutating func append(_ piece: ArraySlice<UInt8>, _ mask: WebSocketMask) throws(WebSocketError) {
        let start = bytes.count
        if isCompressed {
            var compressed = Array(piece)
            mask.apply(to: &compressed, from: 0)
            let outcome = try readyInflater().inflate(compressed, into: &bytes, limit: maximumBytes)
            try check(from: start, outcome)
        } else {
            bytes.append(contentsOf: piece)
            mask.apply(to: &bytes, from: start)
            try check(from: start, .progressed)
        }
    }

    /// Takes the end of a data frame; gives the message if the frame was its last.
    mutating func end(isFinal: Bool) throws(WebSocketError) -> WebSocketMessage? {
        guard isFinal, let kind else { return nil }
        if isCompressed {
            let start = bytes.count
            let outcome = try readyInflater().finishMessage(into: &bytes, limit: maximumBytes)
            try check(from: start, outcome)
            if !keepsInflater { inflater = nil }
        }
        guard kind == .binary || text.isComplete else { throw .textNotUTF8 }
        let message = WebSocketMessage(kind, bytes)
        self.kind = nil
        bytes = []
        return message
    }

    private mutating func makeRoom(for payloadBytes: Int) throws(WebSocketError) {
        guard isCompressed else {
            guard payloadBytes <= maximumBytes - bytes.count else { throw .messageTooBig }
            // Small messages get memory once, of the right size. What is merely announced gets no more than that.
            if bytes.isEmpty { bytes.reserveCapacity(min(payloadBytes, 65_536)) }
            return
        }
        // Compressed data that a sane sender makes is at most an eighth longer than what it stands for; blocks that
        // stand for nothing could go on for ever.
        guard payloadBytes <= maximumBytes + maximumBytes / 8 + 256 - compressedBytes else { throw .messageTooBig }
        compressedBytes += payloadBytes
    }

    /// Checks what was added to the message. Text comes before the inflater's own complaint, because its bytes do: so
    /// the verdict doesn't depend on how the stream was cut.
    private mutating func check(from start: Int, _ outcome: Inflater.Outcome) throws(WebSocketError) {
        if kind == .text, !text.accept(bytes, from: start) { throw .textNotUTF8 }
        switch outcome {
        case .progressed: break
        case .exceedsLimit: throw .messageTooBig
        case .corrupt: throw .corruptDeflate
        }
    }

    private mutating func readyInflater() throws(WebSocketError) -> Inflater {
        if let inflater { return inflater }
        guard let inflater = Inflater() else { throw .inflaterUnavailable }
        self.inflater = inflater
        return inflater
    }
}
