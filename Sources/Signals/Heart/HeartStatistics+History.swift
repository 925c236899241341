import Events

extension HeartStatistics {
    /// Statistics over a part of `rates`, the last of which is `last`.
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
