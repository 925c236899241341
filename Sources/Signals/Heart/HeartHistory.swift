import Events

/// A user's latest rates, oldest first, up to a limit.
package struct HeartHistory: Sendable {
    private let limit: Int
    /// Up to a quarter above the limit: rates before `first` are expired and removed in bulk, which is cheaper than shifting
    /// for each reading. With the usual limit of 100, all of it fits into a kilobyte.
    private var stored: [Double] = []
    private var first = 0

    init(limit: Int, beginning rates: ArraySlice<Double> = []) {
        self.limit = limit
        stored = Array(rates.suffix(limit))
    }

    package var rates: ArraySlice<Double> { stored[first...] }
    package var isEmpty: Bool { stored.isEmpty }

    mutating func append(_ rate: Double) {
        if stored.count >= limit + max(1, limit / 4) {
            stored.removeFirst(first)
            first = 0
        }
        if stored.count - first == limit { first += 1 }
        stored.append(rate)
    }

    /// Nil if there are no rates.
    package var statistics: HeartStatistics? {
        guard let last = stored.last else { return nil }
        return HeartStatistics(of: stored, in: first..<stored.count, last: last)
    }
}

extension HeartStatistics {
    /// Statistics over a part of `rates`; `last` is the last rate of that part.
    init(of rates: [Double], in range: Range<Int>, last: Double) {
        let count = Double(range.count)
        let mean = PairwiseSum.sum(of: rates, in: range) / count
        let variance = PairwiseSum.sum(of: rates, in: range, squaredFrom: mean) / count
        var (minimum, maximum) = (last, last)
        for index in range {
            minimum = min(minimum, rates[index])
            maximum = max(maximum, rates[index])
        }
        self.init(
            mean: mean, standardDeviation: variance.squareRoot(), minimum: minimum, maximum: maximum, last: last)
    }
}

/// Sums in numpy's order, so that statistics match the Python original to the last digit.
///
/// Up to 128 terms are distributed round robin over eight running sums, which are added in pairs; a remainder of fewer
/// than eight is added term by term. More terms are split in halves, the first one rounded down to a multiple of eight.
enum PairwiseSum {
    private static let lanes = 8
    private static let largestBlock = 128

    static func sum(of values: [Double], in range: Range<Int>) -> Double {
        sum(of: values, in: range, from: 0, power: 1)
    }

    /// The sum of squared distances from `mean`.
    static func sum(of values: [Double], in range: Range<Int>, squaredFrom mean: Double) -> Double {
        sum(of: values, in: range, from: mean, power: 2)
    }

    private static func sum(of values: [Double], in range: Range<Int>, from mean: Double, power: Int) -> Double {
        guard range.count > largestBlock else { return block(of: values, in: range, from: mean, power: power) }
        let half = range.count / 2
        let middle = range.lowerBound + half - half % lanes
        return sum(of: values, in: range.lowerBound..<middle, from: mean, power: power)
            + sum(of: values, in: middle..<range.upperBound, from: mean, power: power)
    }

    private static func block(of values: [Double], in range: Range<Int>, from mean: Double, power: Int) -> Double {
        // Subtracting zero and multiplying by one change nothing, so one loop serves both sums.
        func term(_ index: Int) -> Double {
            let distance = values[index] - mean
            return power == 1 ? distance : distance * distance
        }
        var next = range.lowerBound
        var total = 0.0
        if range.count >= lanes {
            var sums = SIMD8<Double>.zero
            while next + lanes <= range.upperBound {
                for lane in 0..<lanes { sums[lane] += term(next + lane) }
                next += lanes
            }
            total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
        }
        while next < range.upperBound {
            total += term(next)
            next += 1
        }
        return total
    }
}
