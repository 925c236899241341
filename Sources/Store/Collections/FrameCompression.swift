import CZlib

/// Compresses frames on the writer's thread: a frame resembles the one before it.
enum FrameCompression {
    /// The fastest level: higher ones save a tenth and take twice as long.
    private static let level: Int32 = 1

    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            // It fails only without memory or room.
            let code = compress2(buffer.baseAddress, &length, bytes, uLong(bytes.count), level)
            precondition(code == Z_OK, "compress2 failed with \(code)")
            count = Int(length)
        }
    }

    /// Nil if the bytes are damaged, or have another size.
    static func decompress(_ bytes: [UInt8], size: Int) -> [UInt8]? {
        guard 0...maximumSize ~= size else { return nil }
        var length = uLong(size)
        var isIntact = false
        let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            isIntact = uncompress(buffer.baseAddress, &length, bytes, uLong(bytes.count)) == Z_OK && Int(length) == size
            count = isIntact ? size : 0
        }
        return isIntact ? result : nil
    }

    /// Far more than any row has.
    private static let maximumSize = 16 << 20
}
