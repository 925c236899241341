/// An object whose text the next ones repeat except for four numbers. Most elements of a sensor's message do, and to compare text
/// costs a fraction of reading it.
package struct JSONPattern {
    package static let numbers = 4

    /// What stands before, between and behind the numbers, by its place in the document.
    let texts: (Range<Int>, Range<Int>, Range<Int>, Range<Int>, Range<Int>)
    /// Members and elements inside, which count towards the limit of a document.
    let members: Int

    /// Nil unless there are four numbers, one behind the other in `start..<end`.
    init?(from start: Int, to end: Int, members: Int, _ numbers: [Range<Int>]) {
        guard numbers.count == Self.numbers else { return nil }
        let starts = [start] + numbers.map(\.upperBound)
        let ends = numbers.map(\.lowerBound) + [end]
        guard zip(starts, ends).allSatisfy({ $0 <= $1 }) else { return nil }
        texts = (
            starts[0]..<ends[0], starts[1]..<ends[1], starts[2]..<ends[2], starts[3]..<ends[3], starts[4]..<ends[4]
        )
        self.members = members
    }

    /// The numbers of an object that follows the pattern, in the order of the document.
    package struct Numbers {
        let first: JSONDecimal
        let second: JSONDecimal
        let third: JSONDecimal
        let fourth: JSONDecimal

        @inline(__always)
        package subscript(index: Int) -> JSONDecimal {
            switch index {
            case 0: first
            case 1: second
            case 2: third
            default: fourth
            }
        }
    }
}
