/// Summed results of strings with known ground truth.
package struct TrialResult: Sendable {
    package var strings = 0
    package var shots = 0
    package var impacts = 0
    /// Pairs of a reported shot and its impact.
    package var truePairs = 0
    package var pairs = 0
    package var correctPairs = 0
    /// The pairs of the first string of a range, before anything has been learned.
    package var firstTruePairs = 0
    package var firstPairs = 0
    package var firstCorrectPairs = 0
    package var crossTalk = 0
    package var crossTalkPaired = 0
    package var strays = 0
    package var straysPaired = 0
    /// Estimated minus true time of the beep, in milliseconds.
    package var clockErrors: [Double] = []
    package var clockErrorBars: [Double] = []
    package var shotClockErrors: [Double] = []
    package var shotsInsideErrorBar = 0
    /// Learned sensor delays after enough pairs.
    package var delays: [DelayTrial] = []
    /// Hits reported during a string, and the number of later revisions.
    package var hitsReported = 0
    package var hitsRevised = 0
    /// Every published pair.
    package var toldPairs: [ToldPair] = []

    package init() {}

    package var precision: Double { Self.share(correctPairs, pairs) }
    package var recall: Double { Self.share(correctPairs, truePairs) }
    package var firstPrecision: Double { Self.share(firstCorrectPairs, firstPairs) }
    package var firstRecall: Double { Self.share(firstCorrectPairs, firstTruePairs) }
    package var clockCoverage: Double {
        Self.share(zip(clockErrors, clockErrorBars).count { abs($0) <= $1 }, clockErrors.count)
    }

    package static func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 1 }

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.strings += right.strings
        sum.shots += right.shots
        sum.impacts += right.impacts
        sum.truePairs += right.truePairs
        sum.pairs += right.pairs
        sum.correctPairs += right.correctPairs
        sum.firstTruePairs += right.firstTruePairs
        sum.firstPairs += right.firstPairs
        sum.firstCorrectPairs += right.firstCorrectPairs
        sum.crossTalk += right.crossTalk
        sum.crossTalkPaired += right.crossTalkPaired
        sum.strays += right.strays
        sum.straysPaired += right.straysPaired
        sum.clockErrors += right.clockErrors
        sum.clockErrorBars += right.clockErrorBars
        sum.shotClockErrors += right.shotClockErrors
        sum.shotsInsideErrorBar += right.shotsInsideErrorBar
        sum.delays += right.delays
        sum.hitsReported += right.hitsReported
        sum.hitsRevised += right.hitsRevised
        sum.toldPairs += right.toldPairs
        return sum
    }
}

/// A published pair of a shot and an impact.
package struct ToldPair: Sendable {
    package let confidence: Double
    package let isFinal: Bool
    /// The pair is the final one of its impact.
    package let isKept: Bool
    /// The shot caused the impact.
    package let isTrue: Bool
    package let isFirstString: Bool
}

/// The accuracy of a learned sensor delay at one point, in milliseconds.
package struct DelayTrial: Sendable {
    package enum Point: Hashable, Sendable {
        /// After this number of pairs.
        case pairs(Int)
        /// When the gateway first declared the delay exact, that is within 5 ms.
        case declaredExact
    }

    package static let points = [Point.pairs(10), .pairs(20), .pairs(40), .declaredExact]

    package let point: Point
    /// The actual number of pairs, since a string may contribute several.
    package let pairs: Int
    package let strings: Int
    /// The learned minus the true delay.
    package let error: Double
    /// The error bar that the gateway reports.
    package let errorBar: Double
    /// The error of the mean of the same pairs with exactly known clocks, which is the lower bound.
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
