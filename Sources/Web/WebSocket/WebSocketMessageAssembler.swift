/// Assembles messages from data frames: unmasks, decompresses, validates text as it arrives, and enforces the size
/// limit.
struct WebSocketMessageAssembler {
    private let maximumBytes: Int
    private let keepsInflater: Bool
    /// Nil between messages.
    private var kind: WebSocketMessage.Kind?
    private var isCompressed = false
    /// The message so far, unmasked and decompressed.
    private var bytes: [UInt8] = []
    private var text = UTF8Validator()
    /// The announced size of the compressed message so far.
    private var compressedBytes = 0
    private var inflater: Inflater?

    /// Whether a message has begun and not ended.
    var isInMessage: Bool { kind != nil }
    /// The memory that the unfinished message and the decompressor hold.
    var heldBytes: Int { bytes.capacity + (inflater == nil ? 0 : Inflater.stateBytes) }

    /// `keepsInflater`: a compressed message may refer back to earlier ones.
    init(maximumBytes: Int, keepsInflater: Bool) {
        self.maximumBytes = maximumBytes
        self.keepsInflater = keepsInflater
    }

    /// Begins a data frame. Throws if it does not fit the previous one or makes the message too big.
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

    /// Adds a piece of payload, still masked.
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

    /// Ends a data frame; returns the message if the frame was its last.
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
            // Reserves small messages exactly. A merely announced large payload does not allocate more.
            if bytes.isEmpty { bytes.reserveCapacity(min(payloadBytes, 65_536)) }
            return
        }
        // A reasonable sender expands data by at most an eighth; blocks without output could continue for ever.
        guard payloadBytes <= maximumBytes + maximumBytes / 8 + 256 - compressedBytes else { throw .messageTooBig }
        compressedBytes += payloadBytes
    }

    /// Validates the added bytes. Invalid text takes precedence over the inflater's error, because it comes first in
    /// the stream: so the error does not depend on chunking.
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

/// Validates chunked UTF-8, and fails at the first invalid byte.
package struct UTF8Validator: Sendable {
    /// How many continuation bytes of the current character are missing.
    private var needed: UInt8 = 0
    /// The range of the next continuation byte. It is narrower after certain lead bytes, which excludes overlong forms,
    /// surrogates and values above U+10FFFF.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether no character is incomplete.
    package var isComplete: Bool { needed == 0 }

    /// Validates `bytes` from `start`; false at the first invalid byte.
    package mutating func accept(_ bytes: [UInt8], from start: Int = 0) -> Bool {
        // Raw memory allows runs of ASCII to be tested eight bytes at a time.
        bytes.withUnsafeBytes { accept($0, from: start) }
    }

    private mutating func accept(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var index = start
        while index < bytes.count {
            if needed == 0 {
                while index + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < bytes.count else { return true }
                guard begin(bytes[index]) else { return false }
            } else {
                guard bytes[index] >= lowest, bytes[index] <= highest else { return false }
                (needed, lowest, highest) = (needed - 1, 0x80, 0xBF)
            }
            index += 1
        }
        return true
    }

    /// Validates the first byte of a character.
    private mutating func begin(_ lead: UInt8) -> Bool {
        switch lead {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: needed = 1
        case 0xE0: (needed, lowest) = (2, 0xA0)
        case 0xED: (needed, highest) = (2, 0x9F)
        case 0xE1...0xEF: needed = 2
        case 0xF0: (needed, lowest) = (3, 0x90)
        case 0xF1...0xF3: needed = 3
        case 0xF4: (needed, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
