/// An object whose text the next ones repeat except for four numbers, one of them an integer. Most elements of a sensor's message
/// are like that, and to compare text costs a fraction of reading it.
package struct JSONPattern {
    private static let count = 4

    /// What stands before, between and behind the numbers, by its place in the document.
    private let texts: (Range<Int>, Range<Int>, Range<Int>, Range<Int>, Range<Int>)
    /// Members and elements inside, which count towards the limit of a document.
    let members: Int
    /// Which of the numbers is an integer that may exceed the precision of Double.
    private let integer: Int

    /// Nil unless there are four numbers, one behind the other in `start..<end`.
    init?(from start: Int, to end: Int, members: Int, _ numbers: [Range<Int>], integer: Int) {
        guard numbers.count == Self.count else { return nil }
        let starts = [start] + numbers.map(\.upperBound)
        let ends = numbers.map(\.lowerBound) + [end]
        guard zip(starts, ends).allSatisfy({ $0 < $1 }) else { return nil }
        texts = (
            starts[0]..<ends[0], starts[1]..<ends[1], starts[2]..<ends[2], starts[3]..<ends[3], starts[4]..<ends[4]
        )
        self.members = members
        self.integer = integer
    }

    /// The numbers of an object that follows the pattern.
    package struct Numbers {
        package let integer: Int64
        /// In the order of the document. The integer is not converted.
        package let doubles: SIMD4<Double>
    }

    /// Nil if the text differs, or if a number is not converted in one pass: one with an exponent or with very many digits.
    @inline(__always)
    func numbers(_ scanner: inout JSONPatternScanner) -> Numbers? {
        guard scanner.skip(texts.0), let first = scanner.number(), scanner.skip(texts.1), let second = scanner.number(),
            scanner.skip(texts.2), let third = scanner.number(), scanner.skip(texts.3), let fourth = scanner.number(),
            scanner.skip(texts.4)
        else { return nil }
        func double(_ index: Int, _ decimal: JSONDecimal) -> Double? { index == integer ? 0 : decimal.double }
        let whole = integer == 0 ? first : integer == 1 ? second : integer == 2 ? third : fourth
        guard let whole = whole.integer, let first = double(0, first), let second = double(1, second),
            let third = double(2, third), let fourth = double(3, fourth)
        else { return nil }
        return Numbers(integer: whole, doubles: SIMD4(first, second, third, fourth))
    }
}

/// Reads an object along a pattern, eight bytes at a time, and therefore not the last bytes of a document.
struct JSONPatternScanner {
    private let bytes: UnsafeRawBufferPointer
    /// Where eight bytes can be read for the last time.
    private let last: Int
    private let numberBytes: Int
    private(set) var index: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, numberBytes: Int) {
        self.bytes = UnsafeRawBufferPointer(bytes)
        last = bytes.count - 8
        self.numberBytes = numberBytes
        self.index = index
    }

    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Steps over the same text as in an earlier place; returns false before any other.
    @inline(__always)
    mutating func skip(_ text: Range<Int>) -> Bool {
        guard text.lowerBound >= 0, text.lowerBound <= index else { return false }
        let distance = index &- text.lowerBound
        var known = text.lowerBound
        while known &+ 8 <= text.upperBound {
            guard known &+ distance <= last, word(at: known) == word(at: known &+ distance) else { return false }
            known &+= 8
        }
        guard known &+ distance <= last else { return false }
        // Of the last words only the first bytes belong to the text.
        let rest = text.upperBound &- known
        index = known &+ distance &+ rest
        return (word(at: known) ^ word(at: known &+ distance)) << UInt64(64 &- 8 &* rest) == 0
    }

    /// A number such as `-12.25`: at most 19 digits after leading zeros. The text of a pattern continues with no digit, point or
    /// exponent, so that `skip` rejects those.
    @inline(__always)
    mutating func number() -> JSONDecimal? {
        let start = index
        guard start <= last else { return nil }
        let isNegative = bytes[start] == UInt8(ascii: "-")
        index = isNegative ? start &+ 1 : start
        let first = index
        var digits: UInt64 = 0
        guard appendDigits(to: &digits) else { return nil }
        let whole = index &- first
        guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else { return nil }
        var decimals = 0
        if bytes[index] == UInt8(ascii: ".") {
            index &+= 1
            let point = index
            guard appendDigits(to: &digits), index > point else { return nil }
            decimals = index &- point
        }
        guard index &- start <= numberBytes,
            whole &+ decimals <= JSONNumber.maximumDigits
                || whole &+ decimals &- leadingZeros(from: first) <= JSONNumber.maximumDigits
        else { return nil }
        return JSONDecimal(digits: digits, decimals: decimals, isNegative: isNegative)
    }

    /// Steps over digits. Returns false at the end of the document; otherwise there is a byte at the index.
    @inline(__always)
    private mutating func appendDigits(to number: inout UInt64) -> Bool {
        while index <= last {
            let (count, value) = JSONDigits.beginning(word(at: index))
            number = number &* PowersOfTen.all[count] &+ value
            index &+= count
            if count < 8 { return true }
        }
        return false
    }

    /// The zeros before the first other digit of a number.
    @inline(never)
    private func leadingZeros(from start: Int) -> Int {
        var (index, zeros) = (start, 0)
        while bytes[index] == UInt8(ascii: "0") || bytes[index] == UInt8(ascii: ".") {
            zeros += bytes[index] == UInt8(ascii: "0") ? 1 : 0
            index += 1
        }
        return zeros
    }
}
