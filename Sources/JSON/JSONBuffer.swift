/// A growing output buffer. Appending single bytes to an array checks uniqueness and capacity for each byte; this
/// checks both once per value.
struct JSONBuffer: Sendable {
    /// The bytes written so far, followed by unused space.
    private var storage: [UInt8]
    private(set) var count: Int

    /// The size of the largest document so far, as an estimate for the next one.
    private var expected = 256

    init(_ bytes: consuming [UInt8] = []) {
        count = bytes.count
        storage = bytes
    }

    var bytes: ArraySlice<UInt8> { storage[..<count] }

    /// Reserves `room` bytes and lets `write` use as many of them as it needs.
    @inline(__always)
    mutating func append(atMost room: Int, _ write: (inout JSONOutputSpan) -> Void) {
        let start = count
        if storage.count - start < room { grow(by: room) }
        count += storage.withUnsafeMutableBufferPointer { storage in
            guard let first = storage.baseAddress else { return 0 }
            var span = JSONOutputSpan(UnsafeMutableBufferPointer(start: first + start, count: room))
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
    private let room: UnsafeMutableBufferPointer<UInt8>
    private(set) var used = 0

    init(_ room: UnsafeMutableBufferPointer<UInt8>) {
        self.room = room
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        precondition(used < room.count, "the reserved space is too small")
        room[used] = byte
        used += 1
    }

    @inline(__always)
    mutating func put(_ text: UnsafeBufferPointer<UInt8>) {
        precondition(text.count <= room.count - used, "the reserved space is too small")
        guard let source = text.baseAddress, let target = room.baseAddress else { return }
        (target + used).update(from: source, count: text.count)
        used += text.count
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { put($0) }
    }

    /// At most 20 digits.
    @inline(__always)
    mutating func put(digitsOf value: UInt64) {
        if value < 10 { return put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)) }
        put(digitsOf: value, width: Self.digitCount(value))
    }

    /// The last `length` digits with leading zeros, two per division.
    mutating func put(digitsOf value: UInt64, width length: Int) {
        precondition(length <= room.count - used, "the reserved space is too small")
        guard let first = room.baseAddress, length > 0 else { return }
        var rest = value
        var remaining = length
        while remaining >= 2 {
            let quotient = rest / 100
            remaining -= 2
            UnsafeMutableRawPointer(first + used + remaining)
                .storeBytes(of: Self.digits(ofPair: rest - 100 * quotient), as: UInt16.self)
            rest = quotient
        }
        // An odd count leaves one digit.
        if remaining > 0 { first[used] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10) }
        used += length
    }

    /// Two digits in the order of memory.
    @inline(__always)
    private static func digits(ofPair pair: UInt64) -> UInt16 {
        let tens = UInt16(truncatingIfNeeded: pair / 10)
        let ones = UInt16(truncatingIfNeeded: pair) &- 10 &* tens
        return UInt16(littleEndian: 0x3030 &+ ones &<< 8 &+ tens)
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var limit: UInt64 = 10
        while value >= limit {
            count += 1
            if count == 20 { break }
            limit &*= 10
        }
        return count
    }
}
