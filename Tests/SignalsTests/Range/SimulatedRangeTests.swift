import Events
import RangeTrials
import Testing

@Suite("Simulated strings with known truth") struct RandomStringsTests {
    /// Ten strings on each of many ranges, starting without learned delays. `tools/range-accuracy` does the same with
    /// more strings.
    private static let all: TrialResult = (0..<200).reduce(TrialResult()) {
        $0 + RangeTrial.session(seed: UInt64($1), strings: 10)
    }

    @Test("2,000 strings: pairs are correct, and what can be paired is paired")
    func pairs() {
        let result = Self.all
        #expect(result.strings == 2_000)
        #expect(result.truePairs > 10_000)
        #expect(result.precision >= 0.99, "\(result.precision)")
        #expect(result.recall >= 0.98, "\(result.recall)")
        #expect(result.firstPrecision >= 0.99, "\(result.firstPrecision)")
        #expect(result.firstRecall >= 0.95, "\(result.firstRecall)")
        #expect(result.crossTalkPaired * 1_000 <= result.crossTalk)
        // Matches published while the string runs are rarely revised.
        #expect(result.hitsRevised * 50 <= result.hitsReported)
    }

    @Test("the error bound of the clock holds for the beep and nearly every shot")
    func clock() {
        #expect(Self.all.clockCoverage >= 0.95, "\(Self.all.clockCoverage)")
        #expect(TrialResult.share(Self.all.shotsInsideErrorBar, Self.all.shotClockErrors.count) >= 0.95)
    }

    /// Ten pairs with delays that differ by up to 10 ms are not enough for a guaranteed 5 ms, for any estimator.
    @Test("after ten pairs, a delay is nearly as precise as with exactly known clocks")
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

    @Test("the error bound of a learned delay holds, and delays reported within 5 ms are")
    func delayBars() {
        let trials = Self.all.delays
        let inside = trials.share { $0.isInsideErrorBar }
        #expect(inside >= 0.95, "\(inside)")
        let declared = trials.filter { $0.point == .declaredExact }
        #expect(declared.count > 50)
        #expect(declared.share { $0.isWithinTolerance } >= 0.98)
        let twenty = trials.filter { $0.point == .pairs(20) }
        #expect(twenty.share { $0.isWithinTolerance } >= 0.97)
    }
}

@Suite("From device bytes to pairs") struct SampleTrialTests {
    @Test("strings on random ranges, from the sensors' bytes")
    func amplitudes() {
        let result = (0..<8).reduce(SampleTrial.Result()) {
            $0 + SampleTrial.session(seed: UInt64($1), strings: 5)
        }
        #expect(result.strings == 40)
        #expect(
            Double(result.detected) >= 0.97 * Double(result.trueImpacts), "\(result.detected) of \(result.trueImpacts)")
        #expect(result.falsePositives * 100 <= result.trueImpacts, "\(result.falsePositives)")
        #expect(result.insideErrorBar * 100 >= result.detected * 95)
        #expect(TrialResult.share(result.correctPairs, result.pairs) >= 0.99)
        #expect(TrialResult.share(result.correctPairs, result.truePairs) >= 0.95)
    }

    @Test("hours without a shot and with temperature drift: no impacts", arguments: [false, true])
    func quiet(nowData: Bool) {
        let result = IdleTrial.run(hours: 0.5, seed: 3, nowData: nowData)
        #expect(result.samples == 180_000)
        #expect(result.impacts == 0)
    }

    @Test("moved targets and knocked cables: no impacts, with the reason")
    func touched() {
        let result = IdleTrial.run(hours: 0.5, seed: 4, touches: 20)
        #expect(result.impacts == 0, "\(result.impacts)")
        #expect((result.rejected[.belowPeak] ?? 0) > 0)
        #expect((result.rejected[.slowRise] ?? 0) + (result.rejected[.handling] ?? 0) > 0)
    }
}
