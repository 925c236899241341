/// A growing output buffer. Appending single bytes to an array checks uniqueness and capacity for each byte; this
/// checks both once per value.
@usableFromInline
struct JSONBuffer: Sendable {
    /// The bytes written so far, followed by unused space.
    @usableFromInline private(set) var storage: [UInt8]
    @usableFromInline private(set) var count: Int

    /// The size of the largest document so far, as an estimate for the next one.
    private var expected = 256

    init(_ bytes: consuming [UInt8] = []) {
        count = bytes.count
        storage = bytes
    }

    @inlinable var bytes: ArraySlice<UInt8> { storage[..<count] }

    /// Reserves `room` bytes and lets `write` use as many of them as it needs.
    @inline(__always)
    mutating func append(atMost room: Int, _ write: (inout JSONOutputSpan) -> Void) {
        let start = count
        let reserved = room + JSONOutputSpan.wordBytes
        if storage.count - start < reserved { grow(by: reserved) }
        count += storage.withUnsafeMutableBufferPointer { storage in
            guard let first = storage.baseAddress else { return 0 }
            var span = JSONOutputSpan(UnsafeMutableRawPointer(first + start), count: reserved)
            write(&span)
            return span.used
        }
    }

    mutating func reserve(_ room: Int) {
        if storage.count - count < room { grow(by: room) }
    }

    mutating func removeAll(keepingCapacity: Bool) {
        count = 0
        if !keepingCapacity { storage = [] }
    }

    mutating func finish() -> [UInt8] {
        storage.removeLast(storage.count - count)
        expected = max(expected, count)
        count = 0
        var taken: [UInt8] = []
        swap(&taken, &storage)
        return taken
    }

    @inline(never)
    private mutating func grow(by room: Int) {
        if storage.isEmpty {
            storage = [UInt8](repeating: 0, count: max(room, expected))
        } else {
            let unused = storage.capacity - storage.count
            storage.append(contentsOf: repeatElement(0, count: max(room, unused, storage.count)))
        }
    }
}

/// Writes into the space reserved by a buffer, with bounds checks. The only code in this module that writes through a
/// pointer, which keeps a value at a few nanoseconds.
struct JSONOutputSpan {
    private let first: UnsafeMutableRawPointer
    private let count: Int
    private(set) var used = 0

    /// The space behind every value: a short text is stored as a whole word.
    static let wordBytes = 8

    init(_ first: UnsafeMutableRawPointer, count: Int) {
        self.first = first
        self.count = count
    }

    /// The place of the next `length` bytes. A whole word may be stored at each of them.
    @inline(__always)
    private func target(for length: Int) -> UnsafeMutableRawPointer {
        precondition(length <= count - used - Self.wordBytes, "the reserved space is too small")
        return first + used
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        precondition(used < count, "the reserved space is too small")
        first.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
        used += 1
    }

    /// The first `length` bytes of a word, whose lowest byte is the first.
    @inline(__always)
    mutating func put(_ word: UInt64, _ length: Int) {
        target(for: length).storeBytes(of: word.littleEndian, as: UInt64.self)
        used += length
    }

    @inline(__always)
    mutating func put(_ text: UnsafeBufferPointer<UInt8>) {
        let target = target(for: text.count)
        guard let source = text.baseAddress else { return }
        target.copyMemory(from: source, byteCount: text.count)
        used += text.count
    }

    static let commaAndSpace: UInt64 = 0x202C
    static let colonAndSpace: UInt64 = 0x203A
    /// For a comma, two quotes, a colon, and two spaces.
    static let keyRoom = 6

    /// A comma and a space, of which `separator` bytes count; text in quotes; a colon and a space, of which `colon` count. Nothing if
    /// the text is not plain.
    @inline(__always)
    mutating func put(key text: UnsafeBufferPointer<UInt8>, after separator: Int, _ colon: Int) -> Bool {
        precondition(separator <= 2 && colon <= 2)
        let target = target(for: text.count + Self.keyRoom)
        target.storeBytes(of: UInt16(truncatingIfNeeded: Self.commaAndSpace).littleEndian, as: UInt16.self)
        let quoted = target + separator
        quoted.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        guard JSONPlainText.copy(text, to: quoted + 1) else { return false }
        // A quote before the colon.
        let end = UInt32(truncatingIfNeeded: Self.colonAndSpace << 8) | UInt32(UInt8(ascii: "\""))
        quoted.storeBytes(of: end.littleEndian, toByteOffset: text.count + 1, as: UInt32.self)
        used += separator + text.count + 2 + colon
        return true
    }

    /// Text in quotes, if it is plain; otherwise nothing.
    @inline(__always)
    mutating func put(plain text: UnsafeBufferPointer<UInt8>) -> Bool {
        let target = target(for: text.count + 2)
        target.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        guard JSONPlainText.copy(text, to: target + 1) else { return false }
        target.storeBytes(of: UInt8(ascii: "\""), toByteOffset: text.count + 1, as: UInt8.self)
        used += text.count + 2
        return true
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { put($0) }
    }

    /// At most 20 digits.
    @inline(__always)
    mutating func put(digitsOf value: UInt64) {
        used += JSONDigits.store(value, at: target(for: 20))
    }

    /// A number of at most `length` digits (up to 20), with leading zeros.
    @inline(__always)
    mutating func put(digitsOf value: UInt64, width length: Int) {
        JSONDigits.store(value, width: length, at: target(for: length))
        used += length
    }
}

extension JSONPlainText {
    /// Copies text that is plain, a word at a time; false if it is not. The target has room for as many bytes and a word.
    @inline(never)
    fileprivate static func copy(_ text: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableRawPointer) -> Bool {
        let (source, count) = (UnsafeRawBufferPointer(text), text.count)
        guard count >= 8 else {
            let word = shortWord(source)
            target.storeBytes(of: word, as: UInt64.self)
            return isPlain(word)
        }
        @inline(__always)
        func copyWord(at offset: Int) -> Bool {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            return isPlain(word)
        }
        var offset = 0
        while offset + 8 <= count {
            guard copyWord(at: offset) else { return false }
            offset += 8
        }
        // The last word overlaps the one before.
        return offset == count || copyWord(at: count - 8)
    }

    /// Fewer than eight bytes, followed by spaces, which are plain.
    @inline(__always)
    private static func shortWord(_ text: UnsafeRawBufferPointer) -> UInt64 {
        let count = text.count
        let spaces: UInt64 = 0x2020_2020_2020_2020
        guard count > 0 else { return spaces }
        let bits = UInt64(8 * count)
        var word = spaces << bits
        if count >= 4 {
            // The upper half overlaps the lower one unless there are eight bytes.
            let lower = UInt32(littleEndian: text.loadUnaligned(as: UInt32.self))
            let upper = UInt32(littleEndian: text.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            word |= UInt64(lower) | UInt64(upper) << (bits - 32)
        } else {
            word |= UInt64(text[0]) | UInt64(text[count / 2]) << UInt64(8 * (count / 2))
            word |= UInt64(text[count - 1]) << (bits - 8)
        }
        return word.littleEndian
    }
}

extension JSONDigits {
    /// Stores a number without leading zeros, and returns how many digits it has. There is room for them and a word.
    @inline(never)
    fileprivate static func store(_ value: UInt64, at target: UnsafeMutableRawPointer) -> Int {
        guard value >= eightDigits else {
            let digits = eight(of: value)
            // Zero is one digit.
            let zeros = min(digits.trailingZeroBitCount / 8, 7)
            store(digits, from: zeros, at: target)
            return 8 - zeros
        }
        let upper = value / eightDigits
        let length = store(upper, at: target)
        store(eight(of: value - eightDigits * upper), from: 0, at: target + length)
        return length + 8
    }

    /// Stores exactly `length` digits.
    @inline(never)
    fileprivate static func store(_ value: UInt64, width length: Int, at target: UnsafeMutableRawPointer) {
        guard length > 8 else { return store(eight(of: value), from: 8 - length, at: target) }
        let upper = value / eightDigits
        store(upper, width: length - 8, at: target)
        store(eight(of: value - eightDigits * upper), from: 0, at: target + (length - 8))
    }

    @inline(__always)
    private static func store(_ digits: UInt64, from start: Int, at target: UnsafeMutableRawPointer) {
        let text = start < 8 ? (digits | 0x3030_3030_3030_3030) >> UInt64(8 * start) : 0
        target.storeBytes(of: text.littleEndian, as: UInt64.self)
    }

    private static let eightDigits: UInt64 = 100_000_000

    /// The digits of a number below 10^8, one in each byte, the first in the lowest.
    @inline(__always)
    private static func eight(of value: UInt64) -> UInt64 {
        precondition(value < eightDigits, "more than eight digits")
        // Each step divides all groups at once: two of four digits, four of two, eight of one. The quotients are products with
        // a reciprocal, exact for these ranges.
        let upperFour = value / 10_000
        let fours = upperFour | (value - 10_000 * upperFour) << 32
        let upperTwos = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let twos = upperTwos | (fours &- 100 &* upperTwos) << 16
        let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
        return tens | (twos &- 10 &* tens) << 8
    }
}
