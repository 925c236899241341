/// Sums in the order in which numpy does, so that statistics agree with the Python original to the last digit.
///
/// Up to 128 terms go round robin into eight running sums, which are then added in pairs; a remainder of fewer than
/// eight follows one by one. More terms are halved, the first half rounded down to a multiple of eight.
enum PairwiseSum {
    private static let lanes = 8
    private static let largestBlock = 128

    static func sum(of values: [Double], in range: Range<Int>, _ term: (Double) -> Double) -> Double {
        guard range.count > largestBlock else { return block(of: values, in: range, term) }
        let half = range.count / 2
        let middle = range.lowerBound + half - half % lanes
        return sum(of: values, in: range.lowerBound..<middle, term)
            + sum(of: values, in: middle..<range.upperBound, term)
    }

    @inline(__always)
    private static func block(of values: [Double], in range: Range<Int>, _ term: (Double) -> Double) -> Double {
        var next = range.lowerBound
        var total = 0.0
        if range.count >= lanes {
            var low = SIMD4(term(values[next]), term(values[next + 1]), term(values[next + 2]), term(values[next + 3]))
            var high = SIMD4(
                term(values[next + 4]), term(values[next + 5]), term(values[next + 6]), term(values[next + 7]))
            next += lanes
            while next + lanes <= range.upperBound {
                low += SIMD4(term(values[next]), term(values[next + 1]), term(values[next + 2]), term(values[next + 3]))
                high += SIMD4(
                    term(values[next + 4]), term(values[next + 5]), term(values[next + 6]), term(values[next + 7]))
                next += lanes
            }
            total = ((low[0] + low[1]) + (low[2] + low[3])) + ((high[0] + high[1]) + (high[2] + high[3]))
        }
        while next < range.upperBound {
            total += term(values[next])
            next += 1
        }
        return total
    }
}
