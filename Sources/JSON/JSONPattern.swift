/// An object whose text the next ones repeat except for four numbers, one of them an integer. Most elements of a sensor's message
/// are like that, and to compare text costs a fraction of reading it.
package struct JSONPattern {
    private static let count = 4

    /// What stands before, between and behind the numbers, by its place in the document.
    let texts: (Range<Int>, Range<Int>, Range<Int>, Range<Int>, Range<Int>)
    /// Members and elements inside, which count towards the limit of a document.
    let members: Int
    /// Which of the numbers is an integer that may exceed the precision of Double.
    let integer: Int

    /// Nil unless there are four numbers, one behind the other in `start..<end`.
    init?(from start: Int, to end: Int, members: Int, _ numbers: [Range<Int>], integer: Int) {
        guard numbers.count == Self.count else { return nil }
        let starts = [start] + numbers.map(\.upperBound)
        let ends = numbers.map(\.lowerBound) + [end]
        guard zip(starts, ends).allSatisfy({ $0 <= $1 }) else { return nil }
        texts = (
            starts[0]..<ends[0], starts[1]..<ends[1], starts[2]..<ends[2], starts[3]..<ends[3], starts[4]..<ends[4]
        )
        self.members = members
        self.integer = integer
    }

    /// Nil if the integer is none, or if a number has more decimals than are converted in one pass.
    @inline(__always)
    func numbers(_ first: JSONDecimal, _ second: JSONDecimal, _ third: JSONDecimal, _ fourth: JSONDecimal) -> Numbers? {
        func double(_ index: Int, _ decimal: JSONDecimal) -> Double? { index == integer ? 0 : decimal.double }
        let whole = integer == 0 ? first : integer == 1 ? second : integer == 2 ? third : fourth
        guard let whole = whole.integer, let first = double(0, first), let second = double(1, second),
            let third = double(2, third), let fourth = double(3, fourth)
        else { return nil }
        return Numbers(integer: whole, doubles: SIMD4(first, second, third, fourth))
    }

    /// The numbers of an object that follows the pattern.
    package struct Numbers {
        package let integer: Int64
        /// In the order of the document. The integer is not converted.
        package let doubles: SIMD4<Double>
    }
}
