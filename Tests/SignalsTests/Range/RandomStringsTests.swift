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
        #expect(result.hitsRevised * 50 <= result.hitsReported)
    }

    @Test("the string's error bar holds the true beep, and nearly every shot")
    func clock() {
        #expect(Self.all.clockCoverage >= 0.95, "\(Self.all.clockCoverage)")
        #expect(TrialResult.share(Self.all.shotsInsideErrorBar, Self.all.shotClockErrors.count) >= 0.95)
    }

    /// Ten pairs of delays that differ by up to 10 ms are not enough for 5 ms with certainty, whoever learns from them.
    @Test("after ten pairs a sensor's delay is known nearly as well as if the clocks were known exactly")
    func delays() {
        let trials = Self.all.delays.filter { $0.point == .pairs(10) }
        #expect(trials.count > 400)
        let errors = trials.map(\.error)
        let mean = errors.reduce(0, +) / Double(errors.count)
        let square = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
        #expect(abs(mean) < 0.5, "\(mean)")
        #expect(square.squareRoot() < 3, "\(square.squareRoot())")
        let within = trials.share { $0.isWithinTolerance }
        let atBest = trials.share { $0.isIdealWithinTolerance }
        #expect(within >= 0.91, "\(within)")
        #expect(within >= atBest - 0.05, "\(within), at best \(atBest)")
    }

    @Test("a learnt delay's error bar holds the truth, and what is said to be within 5 ms is")
    func delayBars() {
        let trials = Self.all.delays
        let inside = trials.share { $0.isInsideErrorBar }
        #expect(inside >= 0.95, "\(inside)")
        let said = trials.filter { $0.point == .declaredExact }
        #expect(said.count > 50)
        #expect(said.share { $0.isWithinTolerance } >= 0.98)
        let twenty = trials.filter { $0.point == .pairs(20) }
        #expect(twenty.share { $0.isWithinTolerance } >= 0.97)
    }
}
