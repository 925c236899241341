/// Mean, population standard deviation, extremes and latest value of a user's history, in beats per minute.
package struct HeartStatistics: Hashable, Sendable {
    package let mean: Double
    package let standardDeviation: Double
    package let minimum: Double
    package let maximum: Double
    package let last: Double

    package init(mean: Double, standardDeviation: Double, minimum: Double, maximum: Double, last: Double) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.minimum = minimum
        self.maximum = maximum
        self.last = last
    }
}
