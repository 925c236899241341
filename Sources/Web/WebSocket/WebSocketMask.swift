/// The four bytes that a client's payload is combined with, turned to where the next payload byte meets them.
package struct WebSocketMask: Hashable, Sendable {
    /// The next payload byte is combined with the lowest byte, the one after it with the second lowest, and so on.
    private var key: UInt32

    /// The key as it stands in a frame header, first byte lowest.
    package init(key: UInt32) {
        self.key = key
    }

    /// A server's frames: nothing to undo.
    static let none = Self(key: 0)

    /// The key's bytes in the order of a frame header.
    var bytes: [UInt8] { [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: key >> $0) } }

    /// The mask for what comes after `count` more payload bytes.
    func advanced(by count: Int) -> Self {
        let turn = UInt32(count & 3) * 8
        return Self(key: turn == 0 ? key : key >> turn | key << (32 - turn))
    }

    /// Masks or unmasks everything from `start` on.
    func apply(to bytes: inout [UInt8], from start: Int) {
        guard key != 0, start < bytes.count else { return }
        let word = UInt64(key) << 32 | UInt64(key)
        // Eight bytes at a step, which only raw memory gives: this is the one loop that touches every received byte.
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
