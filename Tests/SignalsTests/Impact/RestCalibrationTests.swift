import Clocks
import Devices
import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("A sensor with a stored rest level") struct RestCalibrationTests {
    private static let calm = RestCalibration(
        RestLevel(base: Vector3(x: 0, y: 0, z: 0), noise: 0.5), isMomentary: false)
    private static let upright = RestCalibration(
        RestLevel(base: Vector3(x: 0, y: 0, z: 1), noise: 0.01), isMomentary: true)

    @Test("an impact right after reconnecting is found, with its time", arguments: 1...10, [false, true])
    func atOnce(seed: Int, nowData: Bool) throws {
        var feed = SensorFeed(seed: UInt64(seed), traits: .init(nowData: nowData))
        feed.strike(at: 5_003 + Int64(seed), velocity: 110)
        feed.run(until: 7_000)
        let whole = try #require(feed.impacts.first)
        let known = RestCalibration(try #require(feed.detector.rest), isMomentary: nowData)
        // Three earlier notifications, one of which may be cut short: far too late without a calibration.
        let late = feed.recording.filter { $0.arrival.nanoseconds > 4_880_000_000 }
        let found = DryRun.run(late, thresholds: .standard, calibration: known).findings
        #expect(found.map(\.reject) == [nil])
        let error = try #require(found.first).motion.onset - whole.onset
        #expect(abs(error.inSeconds) < 0.015, "\(error)")
        #expect(DryRun.run(late, thresholds: .standard).findings.map(\.reject) == [.restUnknown])
    }

    @Test("a changed orientation is not an impact, and the rest level is learned again")
    func turned() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(calibration: Self.upright)
        for _ in 0..<100 { feed.acceleration(Vector3(x: 1, y: 0, z: 0)) }
        #expect(feed.findings.isEmpty)
        #expect(feed.detector.rest?.base == Vector3(x: 1, y: 0, z: 0))
        feed.ring(8, around: Vector3(x: 1, y: 0, z: 0))
        #expect(feed.impacts.count == 1)
    }

    @Test("nor is a turn while disconnected")
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

    @Test("a stored rest level with noise that has ended causes no impact")
    func engine() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(
            calibration: RestCalibration(RestLevel(base: Vector3(x: 13, y: 0, z: 45), noise: 3), isMomentary: false))
        feed.rest(60)
        #expect(feed.findings.isEmpty)
        feed.impact(110, samples: 30)
        feed.rest(40)
        #expect(feed.impacts.map(\.peakVelocity) == [110])
    }

    @Test("the end of an earlier impact is not an impact; a later one is")
    func ringingOut() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(calibration: Self.calm)
        feed.impact(90, samples: 24)
        feed.rest(8)
        #expect(feed.findings.map(\.reject) == [.restUnknown])
        feed.impact(110, samples: 30)
        feed.rest(8)
        #expect(feed.impacts.map(\.peakVelocity) == [110])
    }

    @Test("a rest level of the other mode is ignored")
    func otherMode() {
        var feed = ManualSampleFeed()
        feed.detector = ImpactDetector(calibration: Self.upright)
        feed.rest(8)
        feed.impact(110, samples: 30)
        feed.rest(60)
        #expect(feed.findings.map(\.reject) == [.restUnknown])
    }

    @Test("a rest level with noise that raises the limits is not stored")
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

    /// An oscillating impact that decays.
    fileprivate mutating func ring(_ peak: Double, around rest: Vector3) {
        var level = peak
        for number in 0..<80 {
            acceleration(Vector3(x: rest.x, y: rest.y, z: rest.z + (number.isMultiple(of: 2) ? level : -level)))
            level *= 0.8
        }
    }
}
