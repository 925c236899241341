/// Finds the end of a run of plain text: printable ASCII without the quote and the backslash. Nearly everything in a
/// document is that, so it is looked at eight bytes at a time.
enum JSONPlainText {
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The first index from `start` on whose byte is not plain, or the end.
    @inline(__always)
    static func end(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index + 8 <= text.count {
            let marks = marks(in: text, at: index)
            if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        if index < text.count, text.count - start >= 8 {
            // The last eight bytes once more, of which those that were looked at already are plain.
            let marks = marks(in: text, at: text.count - 8)
            return marks == 0 ? text.count : text.count - 8 + marks.trailingZeroBitCount / 8
        }
        while index < text.count, isPlain(text[index]) { index += 1 }
        return index
    }

    @inline(__always)
    private static func marks(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
        marks(UInt64(littleEndian: UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: index, as: UInt64.self)))
    }

    /// The high bit of each byte that is not plain. Borrows and carries run from a byte that is marked to the next one
    /// only, so the first mark in memory is always true.
    private static func marks(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let low = (word &- ones &* 0x20) & ~word
        let special = (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes
        return (low | special | word | (word &+ ones)) & highs
    }
}
