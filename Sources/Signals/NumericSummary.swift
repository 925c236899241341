/// Sum, mean, standard deviation of the population, and extremes of some numbers, as numpy computes them.
struct NumericSummary {
    let sum: Double
    let mean: Double
    let standardDeviation: Double
    let minimum: Double
    let maximum: Double

    /// At least one number.
    init(of values: UnsafeBufferPointer<Double>) {
        let count = Double(values.count)
        sum = PairwiseSum.sum(of: values)
        mean = sum / count
        standardDeviation = (PairwiseSum.sum(of: values, squaredFrom: mean) / count).squareRoot()
        var (minimum, maximum) = (values[0], values[0])
        for value in values {
            if value < minimum { minimum = value }
            if value > maximum { maximum = value }
        }
        (self.minimum, self.maximum) = (minimum, maximum)
    }
}

/// Sums in numpy's order, so that statistics match the Python original to the last digit.
///
/// Up to 128 terms are distributed round robin over eight running sums, which are added in pairs; a remainder of fewer
/// than eight is added term by term. More terms are split in halves, the first one rounded down to a multiple of eight.
enum PairwiseSum {
    private static let lanes = 8
    private static let largestBlock = 128

    static func sum(of values: UnsafeBufferPointer<Double>) -> Double {
        sum(of: values, from: 0, power: 1)
    }

    /// The sum of squared distances from `mean`.
    static func sum(of values: UnsafeBufferPointer<Double>, squaredFrom mean: Double) -> Double {
        sum(of: values, from: mean, power: 2)
    }

    private static func sum(of values: UnsafeBufferPointer<Double>, from mean: Double, power: Int) -> Double {
        guard values.count > largestBlock else { return block(of: values, from: mean, power: power) }
        let half = values.count / 2
        let middle = half - half % lanes
        return sum(of: UnsafeBufferPointer(rebasing: values[..<middle]), from: mean, power: power)
            + sum(of: UnsafeBufferPointer(rebasing: values[middle...]), from: mean, power: power)
    }

    @inline(__always)
    private static func block(of values: UnsafeBufferPointer<Double>, from mean: Double, power: Int) -> Double {
        let memory = UnsafeRawBufferPointer(values)
        var next = 0
        var total = 0.0
        if values.count >= lanes {
            // Subtracting zero and multiplying by one change nothing, so one loop serves both sums.
            var sums = SIMD8<Double>.zero
            while next + lanes <= values.count {
                let distances =
                    memory.loadUnaligned(fromByteOffset: next * MemoryLayout<Double>.stride, as: SIMD8<Double>.self)
                    - mean
                sums += power == 1 ? distances : distances * distances
                next += lanes
            }
            total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
        }
        while next < values.count {
            let distance = values[next] - mean
            total += power == 1 ? distance : distance * distance
            next += 1
        }
        return total
    }
}
