import Events
import RangeTrials
import Testing

@Suite("From the devices' bytes to pairs") struct SampleTrialTests {
    @Test("strings on random ranges, from the sensors' own bytes")
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

    @Test("hours without a shot, while the temperature drifts: no impacts", arguments: [false, true])
    func quiet(nowData: Bool) {
        let result = IdleTrial.run(hours: 0.5, seed: 3, nowData: nowData)
        #expect(result.samples == 180_000)
        #expect(result.impacts == 0)
    }

    @Test("targets that are moved and cables that are knocked on: no impacts, and it is said why")
    func touched() {
        let result = IdleTrial.run(hours: 0.5, seed: 4, touches: 20)
        #expect(result.impacts == 0, "\(result.impacts)")
        #expect((result.rejected[.belowPeak] ?? 0) > 0)
        #expect((result.rejected[.slowRise] ?? 0) + (result.rejected[.handling] ?? 0) > 0)
    }
}
