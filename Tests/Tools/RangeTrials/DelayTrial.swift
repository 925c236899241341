/// How well a sensor's delay was known at some point. In milliseconds.
package struct DelayTrial: Sendable {
    package enum Point: Hashable, Sendable {
        /// So many pairs had taught it.
        case pairs(Int)
        /// The gateway said for the first time that it is known within 5 ms.
        case declaredExact
    }

    package static let points = [Point.pairs(10), .pairs(20), .pairs(40), .declaredExact]

    package let point: Point
    /// So many pairs have taught it in truth: the last string may have brought several.
    package let pairs: Int
    package let strings: Int
    /// What was learnt, less what is true.
    package let error: Double
    /// How far off it may be, by what the gateway says.
    package let errorBar: Double
    /// How far off the mean of the same pairs is when the clocks are known exactly: nobody can know more.
    package let idealError: Double

    package init(point: Point, pairs: Int, strings: Int, error: Double, errorBar: Double, idealError: Double) {
        self.point = point
        self.pairs = pairs
        self.strings = strings
        self.error = error
        self.errorBar = errorBar
        self.idealError = idealError
    }

    private static let tolerance = 5.0

    package var isWithinTolerance: Bool { abs(error) <= Self.tolerance }
    package var isIdealWithinTolerance: Bool { abs(idealError) <= Self.tolerance }
    package var isInsideErrorBar: Bool { abs(error) <= errorBar }
}

extension [DelayTrial] {
    package func share(_ which: (DelayTrial) -> Bool) -> Double {
        TrialResult.share(count { which($0) }, count)
    }
}
