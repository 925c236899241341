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
        #expect(Double(result.found) >= 0.97 * Double(result.blows), "\(result.found) of \(result.blows)")
        #expect(result.invented * 100 <= result.blows, "\(result.invented)")
        #expect(result.insideBar * 100 >= result.found * 95)
        #expect(TrialResult.share(result.rightPairs, result.pairs) >= 0.99)
        #expect(TrialResult.share(result.rightPairs, result.truePairs) >= 0.95)
    }

    @Test("hours without a shot, while the temperature drifts: no impacts", arguments: [false, true])
    func quiet(nowData: Bool) {
        let result = QuietTrial.run(hours: 0.5, seed: 3, nowData: nowData)
        #expect(result.samples == 180_000)
        #expect(result.impacts == 0)
    }

    @Test("targets that are moved and cables that are knocked on: no impacts, and it is said why")
    func touched() {
        let result = QuietTrial.run(hours: 0.5, seed: 4, touches: 20)
        #expect(result.impacts == 0, "\(result.impacts)")
        #expect((result.refused[.belowPeak] ?? 0) > 0)
        #expect((result.refused[.slowRise] ?? 0) + (result.refused[.handling] ?? 0) > 0)
    }
}
