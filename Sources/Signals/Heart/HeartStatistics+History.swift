import Events

extension HeartStatistics {
    init(of rates: [Double], in range: Range<Int>, last: Double) {
        let count = Double(range.count)
        let mean = PairwiseSum.sum(of: rates, in: range) { $0 } / count
        let variance =
            PairwiseSum.sum(of: rates, in: range) {
                let deviation = $0 - mean
                return deviation * deviation
            } / count
        var minimum = last
        var maximum = last
        for index in range {
            minimum = min(minimum, rates[index])
            maximum = max(maximum, rates[index])
        }
        self.init(
            mean: mean, standardDeviation: variance.squareRoot(), minimum: minimum, maximum: maximum, last: last)
    }
}
