/// A frame's header, checked for everything that can be said of one frame alone.
package struct WebSocketFrameHeader: Hashable, Sendable {
    package let opcode: WebSocketOpcode
    package let isFinal: Bool
    /// The bit by which permessage-deflate marks the first frame of a compressed message.
    package let isCompressed: Bool
    package let payloadBytes: Int
    let mask: WebSocketMask

    /// How many bytes the header has that begins with these two.
    static func length(_ first: UInt8, _ second: UInt8) -> Int {
        let lengthBytes = second & 0x7F == 126 ? 2 : second & 0x7F == 127 ? 8 : 0
        return 2 + lengthBytes + (second & 0x80 != 0 ? 4 : 0)
    }

    /// Checks what the first two bytes say, before anything else has arrived.
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

    /// Reads a whole header that `check` has passed. `bytes` holds exactly `length` bytes.
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
