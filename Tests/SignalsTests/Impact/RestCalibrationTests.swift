import Clocks
import Devices
import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("A sensor whose rest is known from before") struct RestCalibrationTests {
    private static let calm = RestCalibration(
        RestLevel(base: Vector3(x: 0, y: 0, z: 0), noise: 0.5), isMomentary: false)
    private static let upright = RestCalibration(
        RestLevel(base: Vector3(x: 0, y: 0, z: 1), noise: 0.01), isMomentary: true)

    @Test("is hit a moment after somebody listens again: that is found, when it was", arguments: 1...10, [false, true])
    func atOnce(seed: Int, nowData: Bool) throws {
        var feed = SensorFeed(seed: UInt64(seed), traits: .init(nowData: nowData))
        feed.strike(at: 5_003 + Int64(seed), velocity: 110)
        feed.run(until: 7_000)
        let whole = try #require(feed.impacts.first)
        let known = RestCalibration(try #require(feed.detector.rest), isMomentary: nowData)
        // Three notifications before, one of which may be cut short: where nothing is known that is too late by far.
        let late = feed.recording.filter { $0.arrival.nanoseconds > 4_880_000_000 }
        let found = DryRun.run(late, thresholds: .standard, calibration: known).findings
        #expect(found.map(\.reject) == [nil])
        let error = try #require(found.first).motion.onset - whole.onset
        #expect(abs(error.inSeconds) < 0.015, "\(error)")
        #expect(DryRun.run(late, thresholds: .standard).findings.map(\.reject) == [.restUnknown])
    }

    @Test("and that hangs differently now, is not hit by that, and is learnt anew")
    func turned() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(calibration: Self.upright)
        for _ in 0..<100 { feed.acceleration(Vector3(x: 1, y: 0, z: 0)) }
        #expect(feed.findings.isEmpty)
        #expect(feed.detector.rest?.base == Vector3(x: 1, y: 0, z: 0))
        feed.ring(8, around: Vector3(x: 1, y: 0, z: 0))
        #expect(feed.impacts.count == 1)
    }

    @Test("and that was turned while its link was lost, is not hit by that either")
    func turnedMeanwhile() {
        var feed = ManualSampleFeed()
        for _ in 0..<100 { feed.acceleration(Vector3(x: 0, y: 0, z: 1)) }
        #expect(feed.detector.calibration?.isMomentary == true)
        feed.end()
        #expect(feed.detector.calibration == nil)
        for _ in 0..<100 { feed.acceleration(Vector3(x: 0, y: 1, z: 0)) }
        #expect(feed.findings.isEmpty)
        #expect(feed.detector.rest?.base == Vector3(x: 0, y: 1, z: 0))
    }

    @Test("and that stood on a running engine, which is off now, is not hit by that")
    func engine() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(
            calibration: RestCalibration(RestLevel(base: Vector3(x: 13, y: 0, z: 45), noise: 3), isMomentary: false))
        feed.rest(60)
        #expect(feed.findings.isEmpty)
        feed.blow(110, samples: 30)
        feed.rest(40)
        #expect(feed.impacts.map(\.peakVelocity) == [110])
    }

    @Test("of a blow that fell before anybody listened the end is no blow; what comes after it is one")
    func ringingOut() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(calibration: Self.calm)
        feed.blow(90, samples: 24)
        feed.rest(8)
        #expect(feed.findings.map(\.reject) == [.restUnknown])
        feed.blow(110, samples: 30)
        feed.rest(8)
        #expect(feed.impacts.map(\.peakVelocity) == [110])
    }

    @Test("what was known in another mode says nothing")
    func otherMode() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(calibration: Self.upright)
        feed.rest(8)
        feed.blow(110, samples: 30)
        feed.rest(60)
        #expect(feed.findings.map(\.reject) == [.restUnknown])
    }

    @Test("a trembling that raises the limits is not remembered")
    func trembling() {
        var random = SeededRandom(seed: 5)
        var feed = ManualSampleFeed()
        for _ in 0..<3_000 { feed.amplitude(Double.random(in: 1...18, using: &random).rounded()) }
        #expect(feed.detector.rest != nil && feed.detector.calibration == nil)
    }
}

extension ManualSampleFeed {
    fileprivate mutating func acceleration(_ acceleration: Vector3) {
        append(.momentary(acceleration: acceleration, velocity: Vector3(x: 0, y: 0, z: 0)))
    }

    /// A blow that swings to both sides of rest, and calms down.
    fileprivate mutating func ring(_ peak: Double, around rest: Vector3) {
        var level = peak
        for number in 0..<80 {
            acceleration(Vector3(x: rest.x, y: rest.y, z: rest.z + (number.isMultiple(of: 2) ? level : -level)))
            level *= 0.8
        }
    }
}
