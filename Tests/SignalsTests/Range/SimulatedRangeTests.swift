import Events
import RangeTrials
import Testing

@Suite("Simulated strings with known truth") struct RandomStringsTests {
    /// Ten strings on each of many ranges, starting without learned delays. `tools/range-accuracy` does the same with
    /// more strings. A task that yields, so that the tests waiting for it, and the task itself, leave the threads to
    /// other tests: two threads held for a minute are all threads of a small machine.
    private static let all = Task {
        var result = TrialResult()
        for seed in 0..<200 {
            result = result + RangeTrial.session(seed: UInt64(seed), strings: 10)
            await Task.yield()
        }
        return result
    }

    @Test("2,000 strings: pairs are correct, and what can be paired is paired")
    func pairs() async {
        let result = await Self.all.value
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
    func clock() async {
        let result = await Self.all.value
        #expect(result.clockCoverage >= 0.95, "\(result.clockCoverage)")
        #expect(TrialResult.share(result.shotsInsideErrorBar, result.shotClockErrors.count) >= 0.95)
    }

    /// Ten pairs with delays that differ by up to 10 ms are not enough for a guaranteed 5 ms, for any estimator.
    @Test("after ten pairs, a delay is nearly as precise as with exactly known clocks")
    func delays() async {
        let trials = await Self.all.value.delays.filter { $0.point == .pairs(10) }
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
    func delayBars() async {
        let trials = await Self.all.value.delays
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
