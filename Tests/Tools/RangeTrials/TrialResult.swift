/// What came out of strings of which the truth is known, counted together.
package struct TrialResult: Sendable {
    package var strings = 0
    package var shots = 0
    package var impacts = 0
    /// Pairs of a shot that was heard of and the impact that it made.
    package var truePairs = 0
    package var pairs = 0
    package var rightPairs = 0
    /// Of these, those of the first string of a range, when nothing has been learnt yet.
    package var firstTruePairs = 0
    package var firstPairs = 0
    package var firstRightPairs = 0
    package var crossTalk = 0
    package var crossTalkPaired = 0
    package var strays = 0
    package var straysPaired = 0
    /// The beep by the string's clock, less the true one, in milliseconds.
    package var clockErrors: [Double] = []
    package var clockBars: [Double] = []
    package var shotClockErrors: [Double] = []
    package var shotsInsideBar = 0
    /// Sensors' delays once enough pairs have been learnt from.
    package var delays: [LearntDelayTrial] = []
    /// Hits that were told during the string and told otherwise later.
    package var hitsTold = 0
    package var mindsChanged = 0

    package init() {}

    package var precision: Double { Self.share(rightPairs, pairs) }
    package var recall: Double { Self.share(rightPairs, truePairs) }
    package var firstPrecision: Double { Self.share(firstRightPairs, firstPairs) }
    package var firstRecall: Double { Self.share(firstRightPairs, firstTruePairs) }
    package var clockCoverage: Double {
        Self.share(zip(clockErrors, clockBars).count { abs($0) <= $1 }, clockErrors.count)
    }

    package static func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 1 }

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.strings += right.strings
        sum.shots += right.shots
        sum.impacts += right.impacts
        sum.truePairs += right.truePairs
        sum.pairs += right.pairs
        sum.rightPairs += right.rightPairs
        sum.firstTruePairs += right.firstTruePairs
        sum.firstPairs += right.firstPairs
        sum.firstRightPairs += right.firstRightPairs
        sum.crossTalk += right.crossTalk
        sum.crossTalkPaired += right.crossTalkPaired
        sum.strays += right.strays
        sum.straysPaired += right.straysPaired
        sum.clockErrors += right.clockErrors
        sum.clockBars += right.clockBars
        sum.shotClockErrors += right.shotClockErrors
        sum.shotsInsideBar += right.shotsInsideBar
        sum.delays += right.delays
        sum.hitsTold += right.hitsTold
        sum.mindsChanged += right.mindsChanged
        return sum
    }
}
