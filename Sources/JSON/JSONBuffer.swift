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
    mutating func put(digitsOf value: UInt64) {
        put(digitsOf: value, width: Self.digitCount(value))
    }

    /// The last `length` digits with leading zeros, two per division.
    mutating func put(digitsOf value: UInt64, width length: Int) {
        precondition(length <= room.count - used, "the reserved space is too small")
        var rest = value
        var index = used + length
        while index - used >= 2 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            index -= 2
            room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair / 10)
            room[index + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair % 10)
            rest = quotient
        }
        // An odd count leaves one digit.
        if index > used { room[used] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10) }
        used += length
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var limit: UInt64 = 10
        while value >= limit {
            count += 1
            if count == 20 { break }
            limit *= 10
        }
        return count
    }
}
