/// The parts of a frame: its header, any number of payload pieces, and its end.
package enum WebSocketFrameEvent: Hashable, Sendable {
    case header(WebSocketFrameHeader)
    /// A subslice of the input, still masked.
    case payload(ArraySlice<UInt8>, WebSocketMask)
    case end
}

/// Decodes frames from a chunked stream. It never copies a payload; a caller can reject a length at the header, before
/// the payload arrives.
package struct WebSocketFrameDecoder: Sendable {
    private enum State: Sendable {
        case header
        case payload(left: Int, WebSocketMask)
    }

    private let expectsMask: Bool
    private let allowsCompression: Bool
    private var state = State.header
    /// An incomplete header, usually empty.
    private var partialHeader: [UInt8] = []

    /// `expectsMask` is true for a server, whose clients must mask. `allowsCompression`: permessage-deflate was
    /// negotiated.
    package init(expectsMask: Bool, allowsCompression: Bool) {
        self.expectsMask = expectsMask
        self.allowsCompression = allowsCompression
    }

    /// Whether a frame has begun and not ended.
    var isInFrame: Bool {
        if case .payload = state { true } else { !partialHeader.isEmpty }
    }

    /// The next event, removed from the front of `input`; nil, with `input` consumed, if more input is needed. After an
    /// error the stream cannot be decoded further.
    package mutating func next(_ input: inout ArraySlice<UInt8>) throws(WebSocketError) -> WebSocketFrameEvent? {
        switch state {
        case .header:
            guard let header = try readHeader(&input) else { return nil }
            state = .payload(left: header.payloadBytes, header.mask)
            return .header(header)
        case .payload(left: 0, _):
            state = .header
            return .end
        case .payload(let left, let mask):
            guard !input.isEmpty else { return nil }
            let piece = input.prefix(left)
            input = input[piece.endIndex...]
            state = .payload(left: left - piece.count, mask.advanced(by: piece.count))
            return .payload(piece, mask)
        }
    }

    private mutating func readHeader(
        _ input: inout ArraySlice<UInt8>
    ) throws(WebSocketError) -> WebSocketFrameHeader? {
        if partialHeader.isEmpty, let header = try wholeHeader(input) {
            input = input[(input.startIndex + header.length)...]
            return header.value
        }
        // The header is incomplete: continue byte by byte, to consume nothing after it.
        while let byte = input.first {
            input = input.dropFirst()
            partialHeader.append(byte)
            if let header = try wholeHeader(partialHeader[...]) {
                partialHeader = []
                return header.value
            }
        }
        return nil
    }

    private func wholeHeader(
        _ bytes: ArraySlice<UInt8>
    ) throws(WebSocketError) -> (value: WebSocketFrameHeader, length: Int)? {
        guard bytes.count >= 2 else { return nil }
        let (first, second) = (bytes[bytes.startIndex], bytes[bytes.startIndex + 1])
        let opcode = try WebSocketFrameHeader.check(
            first, second, expectsMask: expectsMask, allowsCompression: allowsCompression)
        let length = WebSocketFrameHeader.length(first, second)
        guard bytes.count >= length else { return nil }
        return (try WebSocketFrameHeader(bytes.prefix(length), opcode: opcode), length)
    }
}

/// A frame header, with the validation that is possible for a single frame.
package struct WebSocketFrameHeader: Hashable, Sendable {
    package let opcode: WebSocketOpcode
    package let isFinal: Bool
    /// The bit by which permessage-deflate marks the first frame of a compressed message.
    package let isCompressed: Bool
    package let payloadBytes: Int
    let mask: WebSocketMask

    /// The length of the header that begins with these two bytes.
    static func length(_ first: UInt8, _ second: UInt8) -> Int {
        let lengthBytes = second & 0x7F == 126 ? 2 : second & 0x7F == 127 ? 8 : 0
        return 2 + lengthBytes + (second & 0x80 != 0 ? 4 : 0)
    }

    /// Validates the first two bytes, before the rest of the header arrives.
    static func check(
        _ first: UInt8, _ second: UInt8, expectsMask: Bool, allowsCompression: Bool
    ) throws(WebSocketError) -> WebSocketOpcode {
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else {
            throw first & 0x70 == 0 ? .reservedOpcode : .reservedBits
        }
        let mayBeCompressed = allowsCompression && (opcode == .text || opcode == .binary)
        guard first & 0x30 == 0, first & 0x40 == 0 || mayBeCompressed else { throw .reservedBits }
        guard (second & 0x80 != 0) == expectsMask else { throw expectsMask ? .unmaskedFrame : .maskedFrame }
        if opcode.isControl {
            guard first & 0x80 != 0 else { throw .fragmentedControlFrame }
            guard second & 0x7F <= 125 else { throw .oversizedControlFrame }
        }
        return opcode
    }

    /// Parses a complete header after `check`. `bytes` holds exactly `length` bytes.
    init(_ bytes: ArraySlice<UInt8>, opcode: WebSocketOpcode) throws(WebSocketError) {
        let start = bytes.startIndex
        let (first, second) = (bytes[start], bytes[start + 1])
        self.opcode = opcode
        isFinal = first & 0x80 != 0
        isCompressed = first & 0x40 != 0
        let maskStart = bytes.endIndex - (second & 0x80 != 0 ? 4 : 0)
        let extended = bytes[(start + 2)..<maskStart].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch second & 0x7F {
        case 126:
            guard extended > 125 else { throw .lengthNotMinimal }
        case 127:
            guard extended > 0xFFFF else { throw .lengthNotMinimal }
        default:
            break
        }
        guard let length = Int(exactly: second & 0x7F < 126 ? UInt64(second & 0x7F) : extended) else {
            throw .lengthTooLarge
        }
        payloadBytes = length
        let key = bytes[maskStart...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        mask = WebSocketMask(key: key)
    }
}
