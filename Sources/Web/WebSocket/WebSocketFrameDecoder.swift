/// What a stream of frames is made of: for each frame its header, any number of payload pieces, and its end.
package enum WebSocketFrameEvent: Hashable, Sendable {
    case header(WebSocketFrameHeader)
    /// A part of the slice that was given in, still masked.
    case payload(ArraySlice<UInt8>, WebSocketMask)
    case end
}

/// Cuts frames out of a stream that arrives in pieces. It never copies a payload; a caller that dislikes a length can
/// stop at the header, before the payload has arrived.
package struct WebSocketFrameDecoder: Sendable {
    private enum State: Sendable {
        case header
        case payload(left: Int, WebSocketMask)
    }

    private let expectsMask: Bool
    private let allowsCompression: Bool
    private var state = State.header
    /// The beginning of a header whose end has not arrived: rarely anything.
    private var partialHeader: [UInt8] = []

    /// `expectsMask` is true for a server, whose clients must mask. `allowsCompression`: permessage-deflate was agreed on.
    package init(expectsMask: Bool, allowsCompression: Bool) {
        self.expectsMask = expectsMask
        self.allowsCompression = allowsCompression
    }

    /// The next event, taken off the front of `input`; nil, with `input` used up, when more has to arrive. After a
    /// fault the stream has no further meaning.
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
        // The header is cut: byte by byte, so that nothing of what follows it is taken.
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
