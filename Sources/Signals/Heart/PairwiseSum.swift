/// Sums in the order in which numpy does, so that statistics agree with the Python original to the last digit.
///
/// Up to 128 terms go round robin into eight running sums, which are then added in pairs; a remainder of fewer than
/// eight follows one by one. More terms are halved, the first half rounded down to a multiple of eight.
enum PairwiseSum {
    private static let lanes = 8
    private static let largestBlock = 128

    /// The sum of the values.
    static func sum(of values: [Double], in range: Range<Int>) -> Double {
        sum(of: values, in: range, from: 0, power: 1)
    }

    /// The sum of the squares of the values' distances from `mean`.
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
        // Subtracting zero and multiplying by one change nothing, so one loop serves for both sums.
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
