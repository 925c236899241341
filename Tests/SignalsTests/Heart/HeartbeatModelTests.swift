import Clocks
import Events
import Testing

@testable import Signals

@Suite("Heartbeat model") struct HeartbeatModelTests {
    /// Computed by an independent program, with a stress test from the fourth step on.
    nonisolated private static let reference = [
        HeartbeatModel.Sample(rate: 70, variability: 0.367, stress: 0, systolic: 117, diastolic: 79),
        HeartbeatModel.Sample(rate: 71, variability: 0.471, stress: 0, systolic: 123, diastolic: 79),
        HeartbeatModel.Sample(rate: 72, variability: 0.48, stress: 0, systolic: 120, diastolic: 80),
        HeartbeatModel.Sample(rate: 73, variability: 0.201, stress: 0.751, systolic: 142, diastolic: 88),
        HeartbeatModel.Sample(rate: 77, variability: 0.101, stress: 0.939, systolic: 149, diastolic: 94),
        HeartbeatModel.Sample(rate: 83, variability: 0.195, stress: 0.769, systolic: 145, diastolic: 94),
        HeartbeatModel.Sample(rate: 87, variability: 0.143, stress: 0.897, systolic: 148, diastolic: 95),
        HeartbeatModel.Sample(rate: 85, variability: 0.144, stress: 0.795, systolic: 141, diastolic: 93),
    ]

    @Test("a seed gives the samples of the reference")
    func matchesReference() {
        var model = HeartbeatModel(seed: 42)
        for (step, expected) in Self.reference.enumerated() {
            if step == 3 { model.beginStressTest() }
            let sample = model.step()
            #expect(sample == expected, "step \(step)")
        }
    }

    @Test("stress raises the rate to 90 to 120 within seconds, and it returns slowly")
    func stress() {
        var model = HeartbeatModel(seed: 7)
        model.beginStressTest()
        var rates = (0..<10).map { _ in model.step().rate }
        #expect(rates.last.map { (90...120).contains($0) } == true)
        // The end of the last spike is at most a minute away on average; a quiet minute follows soon.
        rates = (0..<2_000).map { _ in model.step().rate }
        #expect(rates.contains { (69...75).contains($0) })
        #expect(rates.allSatisfy { HeartbeatModel.rates.contains($0) })
    }

    @Test("two of a hundred steps begin a spike")
    func spikes() {
        var model = HeartbeatModel(seed: 3)
        var spikes = 0
        var stress = 0.0
        for _ in 0..<50_000 {
            let next = model.step().stress
            if abs(next - stress * 0.98) > 0.002 { spikes += 1 }
            stress = next
        }
        #expect((850...1_150).contains(spikes))
    }

    @Test("a resting rate below 60 is never shown")
    func athlete() {
        var model = HeartbeatModel(seed: 1)
        model.setNormalRate(40)
        #expect(model.step().rate == 60)
    }

    @Test("stress is raised, never lowered, and NaN has no effect")
    func inputs() {
        var model = HeartbeatModel(seed: 1)
        model.raiseStress(to: 0.6)
        model.raiseStress(to: 0.2)
        model.raiseStress(to: .nan)
        #expect(model.stress == 0.6)
        model.raiseStress(to: 7)
        #expect(model.stress == 1)
    }

    @Test("faults lose, distort and repeat samples")
    func faults() throws {
        var model = HeartbeatModel(seed: 5)
        var faults = HeartbeatFaults()
        faults.dropout = 0.5
        let lost = (0..<1_000).count { _ in faults.apply(to: model.step()) == nil }
        #expect((430...570).contains(lost))
        faults.dropout = 0
        faults.noise = 30
        let sample = model.step()
        let distorted = (0..<100).compactMap { _ in faults.apply(to: sample)?.rate }
        #expect(Set(distorted).count > 20)
        #expect(distorted.allSatisfy { abs($0 - sample.rate) <= 30 })
        faults.noise = 0
        faults.isFrozen = true
        let frozen = Set((0..<10).compactMap { _ in faults.apply(to: model.step()) })
        #expect(frozen.count == 1)
    }
}

@Suite("Heartbeat of a sensor") struct HeartbeatSensorTests {
    private static func heart(_ rate: HeartRate) -> HeartEvent {
        HeartEvent(
            user: .number(1), device: DeviceID("board"), family: .esp32Heart, source: "", measured: 0, rate: rate,
            statistics: nil, contact: nil)
    }

    private static func beat(milliseconds: Int64, isPlausible: Bool = true) -> HeartBeatEvent {
        HeartBeatEvent(
            user: .number(1), device: DeviceID("strap"), family: .esp32Heart, beatsPerMinute: 0,
            interval: .milliseconds(milliseconds), isPlausible: isPlausible)
    }

    @Test("variability is the RMSSD of the beats, in tenths of a second")
    func beats() {
        var sensor = HeartbeatSensor()
        sensor.receive(Self.heart(.rate(75.5, .measured)))
        #expect(sensor.sample(baseline: 72) == HeartbeatSensor.Sample(rate: 76, variability: nil, stress: 0.07))
        for interval in [800, 830, 790, 800] as [Int64] { sensor.receive(Self.beat(milliseconds: interval)) }
        // Differences 30, -40 and 10 ms: the root of (900 + 1600 + 100) / 3 is 29.44 ms.
        #expect(sensor.sample(baseline: 72)?.variability == 0.294)
        // A missed beat and an implausible one change nothing.
        sensor.receive(Self.beat(milliseconds: 300, isPlausible: false))
        sensor.receive(Self.beat(milliseconds: 1_600))
        #expect(sensor.sample(baseline: 72)?.variability == 0.294)
    }

    @Test("without beats, the rates give the variability")
    func rates() {
        var sensor = HeartbeatSensor()
        for rate in [60.0, 75, 60] { sensor.receive(Self.heart(.rate(rate, .measured))) }
        // 1 s and 0.8 s: differences of 0.2 s.
        #expect(sensor.sample(baseline: 60) == HeartbeatSensor.Sample(rate: 60, variability: 1, stress: 0))
    }

    @Test("there is no sample without a rate")
    func stale() {
        var sensor = HeartbeatSensor()
        #expect(sensor.sample(baseline: 72) == nil)
        sensor.receive(Self.heart(.rate(80, .measured)))
        sensor.receive(Self.heart(.none(.fingerLifted)))
        #expect(sensor.sample(baseline: 72) == nil)
        sensor.receive(Self.heart(.rate(80, .measured)))
        sensor.becomeStale()
        #expect(sensor.sample(baseline: 72) == nil)
    }
}
