import Clocks
import Devices
import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("Impact detector") struct ImpactDetectorTests {
    @Test("an impact is found once, with its time and strength, in both modes", arguments: 1...10, [false, true])
    func oneBlow(seed: Int, nowData: Bool) throws {
        var feed = SensorFeed(seed: UInt64(seed), traits: .init(nowData: nowData))
        feed.strike(at: 3_003 + Int64(seed), velocity: 110)
        feed.run(until: 6_000)
        #expect(feed.rejects == [])
        let impact = try #require(feed.impacts.first)
        #expect(feed.impacts.count == 1)
        let error = (impact.onset.nanoseconds - (3_003 + Int64(seed)) * 1_000_000)
        // The minimum latency of the link, 3 ms, is not observable.
        #expect(abs(error - 3_000_000) <= impact.onsetError.count + 2_000_000, "\(error)")
        #expect(impact.onsetError <= .milliseconds(nowData ? 16 : 9))
        #expect(impact.peakVelocity > (nowData ? 50 : 80) && impact.peakVelocity <= 111)
        #expect(impact.confidence > 0.8)
        #expect(
            impact.duration > .milliseconds(60) && impact.duration <= ImpactDetector.reportTimeout + .milliseconds(20))
        #expect((impact.peakAcceleration != nil) == nowData)
    }

    @Test("impacts 80 ms apart are two", arguments: 1...20)
    func doubles(seed: Int) {
        var feed = SensorFeed(seed: UInt64(seed))
        Self.strikeTwice(&feed, seed)
        #expect(feed.impacts.count == 8, "\(feed.impacts.map { $0.onset.nanoseconds / 1_000_000 })")
        for (first, second) in zip(feed.impacts, feed.impacts.dropFirst()) {
            let apart = (second.onset - first.onset).inSeconds
            #expect(abs(apart - 0.08) < 0.021 || apart > 0.9)
        }
    }

    @Test("with momentary values, in which impacts can cancel out, most double impacts are found as two, none as three")
    func momentaryDoubles() {
        var found = 0
        for seed in 1...40 {
            var feed = SensorFeed(seed: UInt64(seed), traits: .init(nowData: true))
            Self.strikeTwice(&feed, seed)
            found += feed.impacts.count
            #expect(feed.impacts.count <= 8)
        }
        #expect(found >= 40 * 8 * 88 / 100, "\(found)")
    }

    private static func strikeTwice(_ feed: inout SensorFeed, _ seed: Int) {
        feed.strike(at: 2_000)
        feed.strike(at: 2_997)
        for time: Int64 in [4_000, 6_005, 8_002] {
            feed.strike(at: time + Int64(seed), velocity: 110)
            feed.strike(at: time + 80 + Int64(seed), velocity: 90 + Double(seed) / 2)
        }
        feed.run(until: 10_000)
    }

    @Test("a target that rings for long is one impact")
    func ringing() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(300, samples: 200, halving: 30)
        feed.rest(40)
        #expect(feed.impacts.count == 1)
        #expect(feed.rejects == [])
        #expect(feed.impacts.first?.duration ?? .zero <= ImpactDetector.reportTimeout + .milliseconds(20))
    }

    @Test("an impact on a ringing target is found; fluctuations of the ringing are not impacts")
    func blowWhileRinging() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(200, samples: 20, halving: 20)
        feed.amplitude(140)
        feed.amplitude(128)
        feed.amplitude(135)
        feed.impact(300, samples: 60, halving: 20)
        feed.rest(40)
        #expect(feed.impacts.map(\.peakVelocity) == [200, 300])
    }

    @Test("a repeated value is not another impact, and the onset error covers its age")
    func hold() throws {
        var feed = ManualSampleFeed()
        feed.rest(100)
        for level in [96.0, 41, 12, 4] { feed.rest(25, level) }
        feed.rest(50)
        for level in [120.0, 50, 14, 3] { feed.rest(25, level) }
        feed.rest(50)
        #expect(feed.impacts.map { $0.peakVelocity.rounded() } == [96, 120])
        #expect(feed.rejects == [])
        let second = try #require(feed.impacts.last)
        #expect(second.onsetError >= .milliseconds(120) && second.onsetError <= .milliseconds(140))
    }

    @Test("a motion that is not an impact is rejected with the reason")
    func rejects() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(24, samples: 20)
        feed.rest(60)
        #expect(feed.rejects == [.belowPeak])
        for step in 0..<40 { feed.amplitude(Double(step) * 1.5) }
        for step in 0..<40 { feed.amplitude(60 - Double(step) * 1.5) }
        #expect(feed.rejects == [.belowPeak, .slowRise])
        feed.impact(50, samples: 20)
        feed.rest(200)
        #expect(feed.rejects == [.belowPeak, .slowRise, .handling])
        feed.impact(110, samples: 3)
        feed.impact(140, samples: 20)
        feed.rest(100)
        #expect(feed.rejects == [.belowPeak, .slowRise, .handling, .deadTime])
        #expect(feed.impacts.map { $0.peakVelocity.rounded() } == [140])
        #expect(feed.findings.allSatisfy { $0.isImpact == ($0.motion.confidence > 0) })
    }

    @Test("a fast rise without decay is handling, unless the rise is immediate")
    func holdingOn() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        for level in [14.0, 18, 25, 38, 45] { feed.amplitude(level) }
        for index in 0..<60 { feed.amplitude(45 + Double(index % 3)) }
        for level in stride(from: 45.0, to: 0, by: -3) { feed.amplitude(level) }
        feed.rest(100)
        #expect(feed.findings.map(\.reject) == [.slowRise])
        feed.impact(90, samples: 120, halving: 80)
        #expect(feed.findings.map(\.reject) == [.slowRise, nil])
    }

    @Test("a mode change within a notification resets the rest level and causes no findings")
    func modeChange() {
        var feed = ManualSampleFeed()
        feed.rest(62)
        for index in 0..<402 {
            let tremor = Double(index % 3) * 0.002
            feed.append(
                .momentary(acceleration: Vector3(x: 0, y: 1 + tremor, z: 0), velocity: Vector3(x: 0, y: 0, z: 0)))
        }
        #expect(feed.findings == [])
        for level in [2.5, -1.9, 1.4, -1, 0.7, -0.4, 0.2, 0, 0, 0, 0, 0, 0, 0, 0, 0] {
            feed.append(
                .momentary(
                    acceleration: Vector3(x: 0, y: 1, z: level), velocity: Vector3(x: 0, y: 0, z: level * 30)))
        }
        #expect(feed.findings.map(\.isImpact) == [true])
        #expect(feed.impacts.first?.peakAcceleration.map { ($0 * 10).rounded() } == 25)
        #expect(feed.impacts.first?.peakVelocity == 75)
    }

    @Test("handling for seconds is not an impact, and a shot afterwards is", arguments: 1...20)
    func handling(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var feed = ManualSampleFeed()
        feed.rest(60)
        var level = 0.0
        for step in 0..<600 {
            let goal = 35 + 25 * Double(step / 25 % 3) + random.normal(mean: 0, deviation: 12)
            level += (goal - level) * 0.12
            feed.amplitude(max(0, level.rounded()))
        }
        feed.rest(100)
        #expect(feed.impacts == [])
        #expect(!feed.rejects.isEmpty)
        feed.impact(110, samples: 30)
        feed.rest(40)
        #expect(feed.impacts.map(\.peakVelocity) == [110])
    }

    @Test("an impact before the rest level is known is reported as rejected")
    func restUnknown() {
        var feed = ManualSampleFeed()
        feed.rest(20)
        feed.impact(110, samples: 30)
        feed.rest(80)
        #expect(feed.rejects == [.restUnknown])
        #expect(feed.impacts == [])
        feed.impact(110, samples: 30)
        feed.rest(40)
        #expect(feed.impacts.count == 1)
    }

    @Test("a changed rest level is learned again")
    func restMoved() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        for _ in 0..<1_000 { feed.amplitude(45) }
        #expect(feed.impacts.count <= 1)
        #expect(feed.rejects.contains(.restMoved))
        let before = feed.impacts.count
        feed.impact(155, samples: 12)
        feed.rest(100, 45)
        #expect(feed.impacts.count == before + 1)
        #expect(feed.impacts.last?.peakVelocity == 110)
    }

    @Test("noise at rest raises the limits")
    func noise() {
        var random = SeededRandom(seed: 5)
        var feed = ManualSampleFeed()
        for _ in 0..<12_000 { feed.amplitude(Double.random(in: 1...18, using: &random).rounded()) }
        #expect(feed.impacts == [])
        #expect(feed.detector.limits.peak > 30)
        feed.impact(120, samples: 20)
        for _ in 0..<100 { feed.amplitude(Double.random(in: 1...18, using: &random).rounded()) }
        #expect(feed.impacts.count == 1)
    }

    @Test("a sensor stuck at its maximum reports no impact")
    func saturation() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        let axes = Vector3(x: 32_767, y: 32_767, z: 32_767)
        for _ in 0..<100 { feed.append(.amplitude(velocity: axes, displacement: axes), isSaturated: true) }
        feed.rest(40)
        #expect(feed.impacts == [])
        #expect(feed.rejects.first == .saturated)
    }

    @Test("thresholds may change at run time")
    func liveThresholds() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(24, samples: 20)
        feed.rest(20)
        feed.detector.thresholds.peak = 20
        feed.impact(24, samples: 20)
        feed.rest(20)
        #expect(feed.findings.map(\.isImpact) == [false, true])
    }

    @Test("an impact is reported even if the link is lost during it")
    func linkLost() {
        var feed = ManualSampleFeed()
        feed.rest(60)
        feed.impact(110, samples: 4)
        #expect(feed.impacts == [])
        let due = feed.detector.deadline
        #expect(due != nil)
        var findings: [ImpactFinding] = []
        feed.detector.advance(to: due ?? feed.time) { findings.append($0) }
        #expect(findings.map(\.isImpact) == [true])
        #expect(feed.detector.deadline == nil)
    }

    @Test("a dry run repeats the findings with the same thresholds and gives others with other thresholds")
    func dryRun() {
        var feed = SensorFeed(seed: 4)
        feed.strike(at: 2_000, velocity: 110)
        feed.strike(at: 4_000, velocity: 45)
        feed.run(until: 6_000)
        feed.end()
        #expect(feed.impacts.count == 2)
        #expect(DryRun.run(feed.recording, thresholds: .standard).findings == feed.findings)
        let strict = DryRun.run(feed.recording, thresholds: ImpactThresholds(peak: 60))
        #expect(strict.findings.map(\.reject) == [nil, .belowPeak])
        #expect(strict.sampleCount == feed.detector.sampleCount)
    }
}
