import Events

extension HeartStatistics {
    /// Statistics over a part of `rates`, the last of which is `last`.
    init(of rates: [Double], in range: Range<Int>, last: Double) {
        let count = Double(range.count)
        let mean = PairwiseSum.sum(of: rates, in: range) { $0 } / count
        let variance =
            PairwiseSum.sum(of: rates, in: range) {
                let deviation = $0 - mean
                return deviation * deviation
            } / count
        let (minimum, maximum) = Self.extremes(of: rates, in: range, last: last)
        self.init(
            mean: mean, standardDeviation: variance.squareRoot(), minimum: minimum, maximum: maximum, last: last)
    }

    /// Four at a time: one after the other, each comparison would wait for the one before.
    private static func extremes(of rates: [Double], in range: Range<Int>, last: Double) -> (Double, Double) {
        var lowest = SIMD4(repeating: last)
        var highest = lowest
        var next = range.lowerBound
        while next + 4 <= range.upperBound {
            let four = SIMD4(rates[next], rates[next + 1], rates[next + 2], rates[next + 3])
            lowest.replace(with: four, where: four .< lowest)
            highest.replace(with: four, where: four .> highest)
            next += 4
        }
        var (minimum, maximum) = (lowest.min(), highest.max())
        for index in next..<range.upperBound {
            minimum = min(minimum, rates[index])
            maximum = max(maximum, rates[index])
        }
        return (minimum, maximum)
    }
}
