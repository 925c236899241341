/// An object whose text others repeat except for four numbers, one of them an integer. Most elements of a sensor's messages
/// are like that, and to compare text costs a fraction of reading it. A class, so that nothing is copied to follow it.
package final class JSONPattern: Sendable {
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
    private struct Lengths: Hashable, Sendable {
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

    /// Whether the same objects follow both.
    package func isSame(as other: JSONPattern) -> Bool {
        words == other.words && lengths == other.lengths && members == other.members && depth == other.depth
            && integer == other.integer
    }

    /// Whether what stands before the first number is next.
    func begins(_ scanner: JSONPatternScanner) -> Bool {
        var scanner = scanner
        var word = 0
        return words.withUnsafeBufferPointer { scanner.skip(lengths.first, $0, &word) }
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
    private let words: JSONWords
    private let numberBytes: Int
    private(set) var index: Int

    /// Nil for an empty document.
    @inline(__always)
    init?(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, numberBytes: Int) {
        precondition(index >= 0, "index out of the document")
        guard let words = JSONWords(bytes) else { return nil }
        self.words = words
        self.numberBytes = numberBytes
        self.index = index
    }

    /// Steps over a text of a pattern; returns false before any other.
    @inline(__always)
    mutating func skip(_ length: Int, _ text: UnsafeBufferPointer<UInt64>, _ next: inout Int) -> Bool {
        var rest = length
        while rest > 8 {
            guard words[index] == text[next] else { return false }
            index &+= 8
            next &+= 1
            rest &-= 8
        }
        // Of the last word only the first bytes belong to the text.
        guard (words[index] ^ text[next]) &<< UInt64(64 &- 8 &* rest) == 0 else { return false }
        index &+= rest
        next &+= 1
        return true
    }

    /// A number such as `-12.25`: at most 19 digits after leading zeros. The text of a pattern continues with no digit, point or
    /// exponent, so that `skip` rejects those.
    @inline(__always)
    mutating func number() -> JSONDecimal? {
        guard let (decimal, end) = words.number(at: index), end &- index <= numberBytes else { return nil }
        index = end
        return decimal
    }
}

/// The bytes of a document, eight at a time. Two registers hold it.
private struct JSONWords {
    private let bytes: UnsafeRawPointer
    private let count: Int

    @inline(__always)
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return nil }
        self.bytes = UnsafeRawPointer(base)
        count = bytes.count
    }

    /// The first byte is the lowest. Behind the end of the document there are zeros, which no valid text contains.
    @inline(__always)
    subscript(index: Int) -> UInt64 {
        index &+ 8 <= count
            ? UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            : Self.last(bytes, count, at: index)
    }

    @inline(never)
    private static func last(_ bytes: UnsafeRawPointer, _ count: Int, at index: Int) -> UInt64 {
        var word: UInt64 = 0
        var place = count
        while place > index {
            place -= 1
            word = word << 8 | UInt64(bytes.load(fromByteOffset: place, as: UInt8.self))
        }
        return word
    }

    /// Called, because four copies of it would be a page of code.
    @inline(never)
    func number(at start: Int) -> (JSONDecimal, end: Int)? {
        var index = start
        var word = self[index]
        let isNegative = UInt8(truncatingIfNeeded: word) == UInt8(ascii: "-")
        if isNegative {
            index &+= 1
            word = self[index]
        }
        let first = index
        let firstByte = UInt8(truncatingIfNeeded: word)
        var digits: UInt64 = 0
        var behind = UInt8(truncatingIfNeeded: word &>> 8)
        if behind == UInt8(ascii: "."), firstByte.isDigit {
            digits = UInt64(firstByte & 0x0F)
            index &+= 1
        } else {
            behind = appendDigits(to: &digits, word, &index)
        }
        let whole = index &- first
        guard whole > 0, whole == 1 || firstByte != UInt8(ascii: "0") else { return nil }
        var decimals = 0
        if behind == UInt8(ascii: ".") {
            index &+= 1
            let point = index
            _ = appendDigits(to: &digits, self[point], &index)
            decimals = index &- point
            guard decimals > 0 else { return nil }
        }
        guard
            whole &+ decimals <= JSONNumber.maximumDigits
                || whole &+ decimals &- Self.leadingZeros(bytes, from: first, to: index) <= JSONNumber.maximumDigits
        else { return nil }
        return (JSONDecimal(digits: digits, decimals: decimals, isNegative: isNegative), index)
    }

    /// Steps over the digits of a number, from the word at the index. Returns the byte behind them.
    @inline(__always)
    private func appendDigits(to number: inout UInt64, _ first: UInt64, _ index: inout Int) -> UInt8 {
        var word = first
        while true {
            let (count, value) = JSONDigits.beginning(word)
            number = number &* PowersOfTen.all[count] &+ value
            index &+= count
            if count < 8 { return UInt8(truncatingIfNeeded: word &>> UInt64(8 &* count)) }
            word = self[index]
        }
    }

    /// The zeros before the first other digit of a number.
    @inline(never)
    private static func leadingZeros(_ bytes: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var zeros = 0
        for index in start..<end {
            let byte = bytes.load(fromByteOffset: index, as: UInt8.self)
            guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: ".") else { break }
            zeros += byte == UInt8(ascii: "0") ? 1 : 0
        }
        return zeros
    }
}
