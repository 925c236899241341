/// An object whose text others repeat except for four numbers, one of them an integer. Most elements of a sensor's messages
/// are like that, and to compare text costs a fraction of reading it.
package struct JSONPattern: Hashable, Sendable {
    private static let count = 4
    /// Longer ones are rare, and a pattern is kept.
    package static let maximumBytes = 512

    /// What stands before, between and behind the numbers. Each text begins a word of its own, whose first byte is the lowest.
    private let words: [UInt64]
    private let lengths: Lengths
    /// Members and elements inside, which count towards the limit of a document.
    let members: Int
    /// How many objects and arrays surround the pattern.
    let depth: Int
    /// Which of the numbers is an integer that may exceed the precision of Double.
    private let integer: Int

    /// In bytes, each at least one.
    private struct Lengths: Hashable {
        var first = 0
        var second = 0
        var third = 0
        var fourth = 0
        var last = 0
    }

    /// Nil unless there are four numbers, one behind the other in `start..<end`, and little else.
    init?(
        _ bytes: JSONBytes, from start: Int, to end: Int, members: Int, depth: Int, _ numbers: [Range<Int>],
        integer: Int
    ) {
        guard numbers.count == Self.count else { return nil }
        let starts = [start] + numbers.map(\.upperBound)
        let ends = numbers.map(\.lowerBound) + [end]
        guard zip(starts, ends).allSatisfy({ $0 < $1 }) else { return nil }
        let texts = zip(starts, ends).map { $0..<$1 }
        guard texts.reduce(0, { $0 + $1.count }) <= Self.maximumBytes else { return nil }
        words = texts.flatMap { text in
            stride(from: text.lowerBound, to: text.upperBound, by: 8).map { start in
                bytes[start..<min(start + 8, text.upperBound)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
        }
        lengths = Lengths(
            first: texts[0].count, second: texts[1].count, third: texts[2].count, fourth: texts[3].count,
            last: texts[4].count)
        self.members = members
        self.depth = depth
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
        let decimals: (JSONDecimal, JSONDecimal, JSONDecimal, JSONDecimal)? = words.withUnsafeBufferPointer { words in
            var word = 0
            guard scanner.skip(lengths.first, words, &word), let first = scanner.number(),
                scanner.skip(lengths.second, words, &word), let second = scanner.number(),
                scanner.skip(lengths.third, words, &word), let third = scanner.number(),
                scanner.skip(lengths.fourth, words, &word), let fourth = scanner.number(),
                scanner.skip(lengths.last, words, &word)
            else { return nil }
            return (first, second, third, fourth)
        }
        guard let (first, second, third, fourth) = decimals else { return nil }
        func double(_ index: Int, _ decimal: JSONDecimal) -> Double? { index == integer ? 0 : decimal.double }
        let whole = integer == 0 ? first : integer == 1 ? second : integer == 2 ? third : fourth
        guard let whole = whole.integer, let first = double(0, first), let second = double(1, second),
            let third = double(2, third), let fourth = double(3, fourth)
        else { return nil }
        return Numbers(integer: whole, doubles: SIMD4(first, second, third, fourth))
    }
}

/// Reads an object along a pattern, eight bytes at a time.
struct JSONPatternScanner {
    private let bytes: UnsafeRawBufferPointer
    /// Where eight bytes can be read for the last time.
    private let last: Int
    private let numberBytes: Int
    private(set) var index: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, numberBytes: Int) {
        precondition(index >= 0, "index out of the document")
        self.bytes = UnsafeRawBufferPointer(bytes)
        last = bytes.count - 8
        self.numberBytes = numberBytes
        self.index = index
    }

    /// The first byte is the lowest. Behind the end of the document there are zeros, which no valid text contains.
    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        index <= last
            ? UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) : lastWord(at: index)
    }

    @inline(never)
    private func lastWord(at index: Int) -> UInt64 {
        bytes.dropFirst(index).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Steps over a text of a pattern; returns false before any other.
    @inline(__always)
    mutating func skip(_ length: Int, _ words: UnsafeBufferPointer<UInt64>, _ next: inout Int) -> Bool {
        var rest = length
        while rest > 8 {
            guard word(at: index) == words[next] else { return false }
            index &+= 8
            next &+= 1
            rest &-= 8
        }
        // Of the last word only the first bytes belong to the text.
        guard (word(at: index) ^ words[next]) << UInt64(64 &- 8 &* rest) == 0 else { return false }
        index &+= rest
        next &+= 1
        return true
    }

    /// A number such as `-12.25`: at most 19 digits after leading zeros. The text of a pattern continues with no digit, point or
    /// exponent, so that `skip` rejects those.
    @inline(__always)
    mutating func number() -> JSONDecimal? {
        let start = index
        var word = word(at: start)
        let isNegative = UInt8(truncatingIfNeeded: word) == UInt8(ascii: "-")
        if isNegative {
            index &+= 1
            word = self.word(at: index)
        }
        let first = index
        let firstDigit = UInt8(truncatingIfNeeded: word)
        var digits: UInt64 = 0
        let behind = appendDigits(to: &digits, word)
        let whole = index &- first
        guard whole > 0, whole == 1 || firstDigit != UInt8(ascii: "0") else { return nil }
        var decimals = 0
        if behind == UInt8(ascii: ".") {
            index &+= 1
            let point = index
            _ = appendDigits(to: &digits, self.word(at: point))
            decimals = index &- point
            guard decimals > 0 else { return nil }
        }
        guard index &- start <= numberBytes,
            whole &+ decimals <= JSONNumber.maximumDigits
                || whole &+ decimals &- leadingZeros(from: first) <= JSONNumber.maximumDigits
        else { return nil }
        return JSONDecimal(digits: digits, decimals: decimals, isNegative: isNegative)
    }

    /// Steps over the digits of a number, from the word under the scanner. Returns the byte behind them.
    @inline(__always)
    private mutating func appendDigits(to number: inout UInt64, _ first: UInt64) -> UInt8 {
        var word = first
        while true {
            let (count, value) = JSONDigits.beginning(word)
            number = number &* PowersOfTen.all[count] &+ value
            index &+= count
            if count < 8 { return UInt8(truncatingIfNeeded: word >> UInt64(8 &* count)) }
            word = self.word(at: index)
        }
    }

    /// The zeros before the first other digit of a number.
    @inline(never)
    private func leadingZeros(from start: Int) -> Int {
        var (index, zeros) = (start, 0)
        while index < bytes.count, bytes[index] == UInt8(ascii: "0") || bytes[index] == UInt8(ascii: ".") {
            zeros += bytes[index] == UInt8(ascii: "0") ? 1 : 0
            index += 1
        }
        return zeros
    }
}
