import RangeTrials
import Testing

@Suite("Strings of which the truth is known") struct RandomStringsTests {
    /// Ten strings on each of many ranges, from nothing learnt on. `tools/range-accuracy` does the same with many more.
    private static let all: TrialResult = (0..<200).reduce(TrialResult()) {
        $0 + RangeTrial.session(seed: UInt64($1), strings: 10)
    }

    @Test("2,000 strings: what is paired is right, and what can be paired is")
    func pairs() {
        let result = Self.all
        #expect(result.strings == 2_000)
        #expect(result.truePairs > 10_000)
        #expect(result.precision >= 0.99, "\(result.precision)")
        #expect(result.recall >= 0.98, "\(result.recall)")
        #expect(result.firstPrecision >= 0.99, "\(result.firstPrecision)")
        #expect(result.firstRecall >= 0.95, "\(result.firstRecall)")
        #expect(result.crossTalkPaired * 1_000 <= result.crossTalk)
        // What was told of a hit while the string ran is seldom taken back.
        #expect(result.mindsChanged * 50 <= result.hitsTold)
    }

    @Test("the string's error bar holds the true beep, and nearly every shot")
    func clock() {
        #expect(Self.all.clockCoverage >= 0.95, "\(Self.all.clockCoverage)")
        #expect(TrialResult.share(Self.all.shotsInsideBar, Self.all.shotClockErrors.count) >= 0.95)
    }

    @Test("after ten pairs a sensor's delay is known to 5 ms")
    func delays() {
        let errors = Self.all.delayErrors
        #expect(errors.count > 400)
        let mean = errors.reduce(0, +) / Double(errors.count)
        let square = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
        #expect(abs(mean) < 1, "\(mean)")
        #expect(square.squareRoot() < 3.5, "\(square.squareRoot())")
        #expect(errors.count { abs($0) <= 5 } >= errors.count * 9 / 10)
    }
}
