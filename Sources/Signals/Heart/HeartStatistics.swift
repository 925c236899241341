/// Mean, population standard deviation, extremes and latest value of a user's history.
package struct HeartStatistics: Hashable, Sendable {
    package let mean: Double
    package let standardDeviation: Double
    package let minimum: Double
    package let maximum: Double
    package let last: Double

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
        self.mean = mean
        self.standardDeviation = variance.squareRoot()
        self.minimum = minimum
        self.maximum = maximum
        self.last = last
    }
}
