/// Encodes frames.
package enum WebSocketFrame {
    /// The size of the largest header of a server's frame.
    package static let maximumHeaderBytes = 10

    /// Appends a whole message or a control frame of a server. The bytes are the same for every client, so a broadcast
    /// is framed once.
    package static func append(
        _ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, isCompressed: Bool = false,
        to output: inout [UInt8]
    ) {
        appendHeader(opcode, payloadBytes: payload.count, isCompressed: isCompressed, to: &output)
        output.append(contentsOf: payload)
    }

    /// Appends a masked frame of a client.
    package static func append(
        _ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, isFinal: Bool = true, isCompressed: Bool = false,
        mask: WebSocketMask, to output: inout [UInt8]
    ) {
        appendHeader(
            opcode, payloadBytes: payload.count, isFinal: isFinal, isCompressed: isCompressed, isMasked: true,
            to: &output)
        output.append(contentsOf: mask.bytes)
        let start = output.count
        output.append(contentsOf: payload)
        mask.apply(to: &output, from: start)
    }

    /// Appends only the header of a server's frame; the caller appends `payloadBytes` bytes after it.
    package static func appendHeader(
        _ opcode: WebSocketOpcode, payloadBytes: Int, isFinal: Bool = true, isCompressed: Bool = false,
        isMasked: Bool = false, to output: inout [UInt8]
    ) {
        let first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | UInt64(opcode.rawValue)
        let masked: UInt64 = isMasked ? 0x80 : 0
        let length = UInt64(payloadBytes)
        switch payloadBytes {
        case ...125: append(first << 8 | masked | length, bytes: 2, to: &output)
        case ...0xFFFF: append(first << 24 | (masked | 126) << 16 | length, bytes: 4, to: &output)
        default:
            append(first << 8 | masked | 127, bytes: 2, to: &output)
            append(length, bytes: 8, to: &output)
        }
    }

    /// The payload of a close frame: the code and as much of the reason as fits. Empty for `noneGiven`.
    static func closePayload(_ code: WebSocketCloseCode, _ reason: String) -> [UInt8] {
        guard code != .noneGiven else { return [] }
        var payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
        for character in reason.unicodeScalars {
            guard payload.count + UTF8.width(character) <= 125 else { break }
            payload.append(contentsOf: String(character).utf8)
        }
        return payload
    }

    /// Parses the payload of a close frame.
    static func readClosePayload(
        _ payload: [UInt8]
    ) throws(WebSocketError) -> (code: WebSocketCloseCode, reason: String) {
        if payload.isEmpty { return (.noneGiven, "") }
        guard payload.count >= 2 else { throw .truncatedCloseFrame }
        let code = WebSocketCloseCode(UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.mayBeSent else { throw .invalidCloseCode }
        var text = UTF8Validator()
        guard text.accept(payload, from: 2), text.isComplete else { throw .closeReasonNotUTF8 }
        return (code, String(decoding: payload[2...], as: UTF8.self))
    }

    /// The lowest `bytes` bytes in big-endian order.
    private static func append(_ number: UInt64, bytes: Int, to output: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) {
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0.suffix(bytes)))
        }
    }
}

/// The type of a frame (RFC 6455 §5.2). Frames with reserved values are rejected.
package enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// The reason code of the closing handshake.
package struct WebSocketCloseCode: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let normal = Self(1000)
    package static let goingAway = Self(1001)
    package static let protocolError = Self(1002)
    package static let unsupportedData = Self(1003)
    /// Never sent: the peer's close frame had no code.
    package static let noneGiven = Self(1005)
    /// Never sent: the connection ended without a closing handshake.
    package static let abnormal = Self(1006)
    package static let invalidPayload = Self(1007)
    package static let policyViolation = Self(1008)
    package static let messageTooBig = Self(1009)
    package static let internalError = Self(1011)
    package static let serviceRestart = Self(1012)
    package static let tryAgainLater = Self(1013)

    /// Whether the code may be sent in a close frame: registered codes that are not reserved, and the ranges for
    /// libraries and applications.
    package var mayBeSent: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    package var description: String { String(rawValue) }
}

/// A masking key, rotated to the position of the next payload byte.
package struct WebSocketMask: Hashable, Sendable {
    /// The next payload byte is combined with the lowest byte, the one after it with the second lowest, and so on.
    private var key: UInt32

    /// The key as in a frame header, first byte lowest.
    package init(key: UInt32) {
        self.key = key
    }

    /// For a server's frames, which are not masked.
    static let none = Self(key: 0)

    /// The key in the byte order of a frame header.
    var bytes: [UInt8] { [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: key >> $0) } }

    /// The mask after `count` more payload bytes.
    func advanced(by count: Int) -> Self {
        let shift = UInt32(count & 3) * 8
        return Self(key: shift == 0 ? key : key >> shift | key << (32 - shift))
    }

    /// Masks or unmasks all bytes from `start`.
    func apply(to bytes: inout [UInt8], from start: Int) {
        guard key != 0, start < bytes.count else { return }
        let word = UInt64(key) << 32 | UInt64(key)
        // Raw memory allows eight bytes at a time: this loop touches every received byte.
        bytes.withUnsafeMutableBytes { buffer in
            var index = start
            while index + 8 <= buffer.count {
                let masked = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                buffer.storeBytes(of: masked ^ word.littleEndian, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            var rest = word
            while index < buffer.count {
                buffer[index] ^= UInt8(truncatingIfNeeded: rest)
                rest >>= 8
                index += 1
            }
        }
    }
}
