import Clocks
import Events
import RangeTrials
import Testing
import VirtualDevices

@testable import Signals

@Suite("Hammer blows on a slow sensor") struct HammerTests {
    nonisolated static let sensors: [VirtualBT50.Amplitudes] = {
        var fast = VirtualBT50.Amplitudes()
        fast.frequency = 15
        return [.init(.single), .init(.displacement), .init(.uneven), fast]
    }()

    @Test("six blows of a real session are six impacts, decided by the displacement", arguments: sensors.indices)
    func session(index: Int) {
        var trial = HammerTrial(seed: 7, Self.sensors[index])
        for (number, displacement) in HammerTrial.displacements.enumerated() {
            trial.strike(at: .milliseconds(10_017 + 7_613 * Int64(number)), displacement: displacement)
        }
        trial.play(until: .seconds(245))
        #expect(trial.impacts.count == 6, "\(trial.impacts.map { $0.onset.nanoseconds / 1_000_000 })")
        #expect(trial.impacts.allSatisfy { $0.decidedBy == .displacement && $0.likelihood > 0.9 })
    }

    @Test("at least 99 of 100 blows are found, and nothing else", arguments: sensors.indices)
    func many(index: Int) {
        let result = HammerTrial.run(blows: 300, seed: 11 + UInt64(index), Self.sensors[index])
        #expect(result.detected >= 297, "\(result.detected)")
        #expect(result.falsePositives == 0)
        #expect(result.insideErrorBar * 100 >= result.detected * 95, "\(result.insideErrorBar)")
    }

    @Test("a resting sensor that shows up to 12 µm has no impacts")
    func rest() {
        let result = HammerTrial.rest(hours: 1, seed: 3)
        #expect(result.samples > 80_000)
        #expect(result.falsePositives == 0)
    }

    @Test("velocity alone is enough when it is strong, and so is displacement")
    func alone() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(60, samples: 20, displacement: 0)
        feed.rest(120)
        feed.impact(0, samples: 20, displacement: 150)
        feed.rest(60)
        #expect(feed.impacts.map(\.decidedBy) == [.velocity, .displacement])
        #expect(feed.rejects == [])
    }

    @Test("two quantities just below their limits decide together; one of them does not")
    func together() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(28, samples: 20, displacement: 0)
        feed.rest(120)
        feed.impact(0, samples: 20, displacement: 56)
        feed.rest(60)
        #expect(feed.rejects == [.belowPeak, .belowPeak])
        feed.impact(28, samples: 20, displacement: 56)
        feed.rest(60)
        #expect(feed.impacts.count == 1)
        #expect(feed.impacts.first.map { $0.likelihood > 0.5 && $0.likelihood < 0.7 } == true)
    }

    @Test("an amplitude that falls is not an impact")
    func fall() {
        var feed = ManualSampleFeed()
        for _ in 0..<100 { feed.amplitude(9, displacement: 300) }
        for _ in 0..<60 { feed.amplitude(2, displacement: 39) }
        #expect(feed.impacts == [])
    }

    @Test("noise of the displacement raises its limits only")
    func noise() {
        var random = SeededRandom(seed: 5)
        var feed = ManualSampleFeed()
        for _ in 0..<6_000 { feed.amplitude(0, displacement: Double.random(in: 0...60, using: &random).rounded()) }
        #expect(feed.impacts == [])
        #expect(feed.detector.motionLimits.peak.displacement > 100)
        #expect(feed.detector.motionLimits.peak.velocity == 30)
    }
}

@Suite("Calibration by taps") struct TapCalibrationTests {
    @Test("light taps set the thresholds of the quantities that show them")
    func light() {
        var calibration = TapCalibration(count: 5, thresholds: .standard, at: MonotonicTime(nanoseconds: 0))
        let peaks: [Double] = [52, 40, 66, 44, 58]
        var trial = HammerTrial(seed: 5, thresholds: calibration.sensingThresholds)
        for (number, peak) in peaks.enumerated() {
            trial.strike(at: .seconds(10 + 5 * Int64(number)), displacement: peak)
        }
        trial.play(until: .seconds(40))
        #expect(trial.impacts.count == 5)
        for (number, tap) in trial.impacts.enumerated() {
            #expect(calibration.taps.count == number && calibration.state == .waiting)
            calibration.record(tap)
        }
        #expect(calibration.progress == TapProgress(.completed, taps: 5, of: 5))
        // The weakest tap was 40 µm, or 39 in whole micrometres.
        #expect((19...25.5).contains(calibration.thresholds.peakDisplacement))
        // 3.8 mm/s at 15 Hz are too weak to decide.
        #expect(calibration.thresholds.peak == ImpactThresholds.standard.peak)
        #expect(calibration.thresholds.areValid)
        var after = HammerTrial(seed: 5, thresholds: calibration.thresholds)
        var standard = HammerTrial(seed: 5)
        for number in 0..<5 {
            after.strike(at: .seconds(10 + 5 * Int64(number)), displacement: 45)
            standard.strike(at: .seconds(10 + 5 * Int64(number)), displacement: 45)
        }
        after.play(until: .seconds(40))
        standard.play(until: .seconds(40))
        #expect(after.impacts.count == 5 && standard.impacts.isEmpty)
    }

    @Test("without taps it times out and leaves the thresholds as they were")
    func timeout() {
        var calibration = TapCalibration(count: 5, thresholds: .standard, at: MonotonicTime(nanoseconds: 0))
        calibration.advance(to: MonotonicTime(nanoseconds: 119_000_000_000))
        #expect(calibration.progress == TapProgress(.waiting, taps: 0, of: 5))
        calibration.advance(to: MonotonicTime(nanoseconds: 120_000_000_000))
        #expect(calibration.state == .timedOut && calibration.thresholds == .standard)
    }
}
