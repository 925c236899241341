/// How well a sensor's delay was known at some point. In milliseconds.
package struct LearntDelayTrial: Sendable {
    package enum Point: Hashable, Sendable {
        /// So many pairs had taught it.
        case pairs(Int)
        /// The gateway said for the first time that it is known within 5 ms.
        case said
    }

    package static let points = [Point.pairs(10), .pairs(20), .pairs(40), .said]

    package let point: Point
    /// So many pairs have taught it in truth: the last string may have brought several.
    package let pairs: Int
    package let strings: Int
    /// What was learnt, less what is true.
    package let error: Double
    /// How far off it may be, by what the gateway says.
    package let bar: Double
    /// How far off the mean of the same pairs is when the clocks are known exactly: nobody can know more.
    package let leastError: Double

    package init(point: Point, pairs: Int, strings: Int, error: Double, bar: Double, leastError: Double) {
        self.point = point
        self.pairs = pairs
        self.strings = strings
        self.error = error
        self.bar = bar
        self.leastError = leastError
    }

    private static let wanted = 5.0

    package var isWithin: Bool { abs(error) <= Self.wanted }
    package var isWithinAtBest: Bool { abs(leastError) <= Self.wanted }
    package var isInsideBar: Bool { abs(error) <= bar }
}

extension [LearntDelayTrial] {
    package func share(_ which: (LearntDelayTrial) -> Bool) -> Double {
        TrialResult.share(count { which($0) }, count)
    }
}
