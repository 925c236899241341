/// The bytes of a document, borrowed from their array for one call. Access through an array slice takes three times as
/// long. Bounds are checked in release builds as well, because the input is untrusted.
struct JSONBytes {
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }

    @inline(__always)
    subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < bytes.count, "index out of the document")
        return bytes[index]
    }

    subscript(range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "index out of the document")
        return UnsafeBufferPointer(rebasing: bytes[range])
    }

    func isSame(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        one.count == other.count && JSONText.isSame(self[one], self[other])
    }

    /// Follows a pattern from `index`.
    @inline(__always)
    func patternScanner(at index: Int, numberBytes: Int) -> JSONPatternScanner? {
        JSONPatternScanner(bytes, at: index, numberBytes: numberBytes)
    }

    /// Whether the bytes of a range equal a text.
    @inline(__always)
    func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        // A text of one character may have no pointer.
        guard text.hasPointerRepresentation else { return text.withUTF8Buffer { JSONText.isSame(self[range], $0) } }
        return JSONText.isSame(self[range], UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the digits from `start` to a number, which wraps beyond 64 bits. Returns the index behind them.
    @inline(__always)
    func appendDigits(from start: Int, to number: inout UInt64) -> Int {
        precondition(start >= 0 && start <= bytes.count, "index out of the document")
        var index = start
        while index + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let (count, value) = JSONDigits.beginning(word)
            number = number &* PowersOfTen.all[count] &+ value
            index += count
            if count < 8 { return index }
        }
        while index < bytes.count, bytes[index].isDigit {
            number = number &* 10 &+ UInt64(bytes[index] & 0x0F)
            index += 1
        }
        return index
    }

    /// The first index from `start` whose byte is not plain text, or the end.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        JSONPlainText.end(in: bytes, from: start)
    }
}

extension ArraySlice<UInt8> {
    @inline(__always)
    func withJSONBytes<Value, Failure>(_ body: (JSONBytes) throws(Failure) -> Value) throws(Failure) -> Value {
        // Before Swift 6.1 the slice's own method loses the typed error.
        let result: Result<Value, Failure> = withUnsafeBufferPointer { lent in
            do throws(Failure) {
                return .success(try body(JSONBytes(lent)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// Converts up to eight digits at a time.
enum JSONDigits {
    /// How many of eight bytes are digits, up to the first that is none, and their value. The first byte is the lowest of the word.
    @inline(__always)
    static func beginning(_ word: UInt64) -> (count: Int, value: UInt64) {
        let values = word ^ 0x3030_3030_3030_3030
        // Adding sets the high bit of each byte above nine. A carry only reaches bytes behind one that is marked.
        let marks = (values &+ 0x7676_7676_7676_7676 | values) & 0x8080_8080_8080_8080
        let count = marks.trailingZeroBitCount / 8
        guard count > 0 else { return (0, 0) }
        // Zeros before the digits, so that the last one is in the last byte.
        let digits = values << UInt64(64 - 8 * count)
        // Numbers of two digits, in every other byte; then their sum, each with its power of ten.
        let pairs = digits &* 10 &+ (digits >> 8)
        let mask: UInt64 = 0x0000_00FF_0000_00FF
        let value =
            ((pairs & mask) &* 0x000F_4240_0000_0064 &+ ((pairs >> 16) & mask) &* 0x0000_2710_0000_0001) >> 32
        return (count, value)
    }
}

/// Finds the end of a run of plain text: printable ASCII except quote and backslash. Nearly all text is plain, so eight
/// bytes are tested at a time.
enum JSONPlainText {
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The first index from `start` whose byte is not plain, or the end.
    @inline(__always)
    static func end(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index + 8 <= text.count {
            let marks = marks(in: text, at: index)
            if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        if index < text.count, text.count - start >= 8 {
            // Test the last eight bytes, some of them for the second time.
            let marks = marks(in: text, at: text.count - 8)
            return marks == 0 ? text.count : text.count - 8 + marks.trailingZeroBitCount / 8
        }
        while index < text.count, isPlain(text[index]) { index += 1 }
        return index
    }

    /// Whether all bytes of a word are plain.
    @inline(__always)
    static func isPlain(_ word: UInt64) -> Bool { marks(word) == 0 }

    @inline(__always)
    private static func marks(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
        marks(UInt64(littleEndian: UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: index, as: UInt64.self)))
    }

    /// The high bit of each byte that is not plain. Borrows and carries only propagate from a marked byte to the next
    /// one, so the first mark in memory is always correct.
    @inline(__always)
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
