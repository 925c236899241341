/// Writes into the room that a buffer handed out, and never beyond: the one place of this module that writes through a
/// pointer, because this is what makes a value cost a few nanoseconds.
struct JSONOutputSpan {
    private let room: UnsafeMutableBufferPointer<UInt8>
    private(set) var used = 0

    init(_ room: UnsafeMutableBufferPointer<UInt8>) {
        self.room = room
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        precondition(used < room.count, "the room that was asked for is too small")
        room[used] = byte
        used += 1
    }

    @inline(__always)
    mutating func put(_ text: UnsafeBufferPointer<UInt8>) {
        precondition(text.count <= room.count - used, "the room that was asked for is too small")
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

    /// The last `length` digits with their leading zeros, two with each division.
    mutating func put(digitsOf value: UInt64, width length: Int) {
        precondition(length <= room.count - used, "the room that was asked for is too small")
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
