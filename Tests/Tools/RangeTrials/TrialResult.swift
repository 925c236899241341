/// What came out of strings of which the truth is known, counted together.
package struct TrialResult: Sendable {
    package var strings = 0
    package var shots = 0
    package var impacts = 0
    /// Pairs of a shot that was heard of and the impact that it made.
    package var truePairs = 0
    package var pairs = 0
    package var correctPairs = 0
    /// Of these, those of the first string of a range, when nothing has been learnt yet.
    package var firstTruePairs = 0
    package var firstPairs = 0
    package var firstCorrectPairs = 0
    package var crossTalk = 0
    package var crossTalkPaired = 0
    package var strays = 0
    package var straysPaired = 0
    /// The beep by the string's clock, less the true one, in milliseconds.
    package var clockErrors: [Double] = []
    package var clockErrorBars: [Double] = []
    package var shotClockErrors: [Double] = []
    package var shotsInsideErrorBar = 0
    /// Sensors' delays once enough pairs have been learnt from.
    package var delays: [DelayTrial] = []
    /// Hits that were told during the string and told otherwise later.
    package var hitsReported = 0
    package var hitsRevised = 0

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
        return sum
    }
}
