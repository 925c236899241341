import Clocks
import Events
import JSON
import RangeTrials
import Reactor
import Signals
import Testing
import VirtualDevices

@testable import Drivers
@testable import ShootingRange

@Suite("Range service on a simulated clock") @ReactorActor
struct RangeServiceTests {
    /// Strings of six shots on one plate.
    private func strings(_ count: Int, hitting sensor: Int = 0) -> RangeScript {
        RangeScript(
            (0..<count).map {
                .even(
                    beep: .seconds(5 + Int64($0) * 15), shots: 6, first: .milliseconds(1_500),
                    split: .milliseconds(700), hitting: sensor, after: .milliseconds(40))
            })
    }

    @Test("a string becomes timer events, impacts and a run, each once and in order")
    func string() async throws {
        let bed = try await RangeTestBed()
        var range = VirtualRange.ready(strings(1), sensors: 1)
        bed.play(&range, until: .seconds(20))
        #expect(bed.events.map(\.stamp.id) == Array(1...UInt64(bed.events.count)))
        #expect(bed.names.count { $0 == "timer_started" } == 1)
        #expect(bed.names.count { $0 == "shot_detected" } == 6)
        #expect(bed.names.count { $0 == "timer_stopped" } == 1)
        #expect(bed.names.count { $0 == "impact_detected" } == 6)
        #expect(bed.names.count { $0 == "run_started" } == 1)
        #expect(bed.names.count { $0 == "shot" } == 6)
        #expect(bed.names.last == "run_completed")
        let run = try await bed.run("run_001")
        #expect(run["state"]?.stringValue == "completed")
        #expect(run["shots"]?.arrayValue?.count == 6)
        let times = run["shots"]?.arrayValue?.compactMap { $0["time"]?.doubleValue }
        #expect(times == [1.5, 2.2, 2.9, 3.6, 4.3, 5.0])
        #expect(run["hits"]?.arrayValue?.count == 6)
        #expect(run["summary"]?["total_time"]?.doubleValue == 5)
        #expect(
            run["events"]?.arrayValue?.count == bed.events.count { if case .run = $0.body { true } else { false } })
    }

    @Test("the beep's time is within its error bound, and shots carry both")
    func stringClock() async throws {
        let bed = try await RangeTestBed()
        var range = VirtualRange.ready(strings(1), sensors: 0)
        bed.play(&range, until: .seconds(20))
        let truth = RangeTestBed.begin.monotonic + .seconds(5)
        let last = try #require(bed.events.last { $0.liveJSON?["event_type"]?.stringValue == "shot_detected" })
        let mapping = try #require(last.stamp.device?.mapping)
        #expect(last.stamp.device?.reading == .seconds(5))
        #expect(abs((mapping.zero - truth).count) <= mapping.error.count)
        #expect(mapping.error < .milliseconds(30))
        #expect(last.liveJSON?["device_time"]?["error_seconds"]?.doubleValue ?? 1 < 0.03)
        #expect(last.liveJSON?["data"]?["source"]?.stringValue == "pushed")
    }

    @Test("after some strings each shot has its hit with a learned delay, and the delay is stored")
    func pairing() async throws {
        let bed = try await RangeTestBed()
        var range = VirtualRange.ready(strings(4), sensors: 1)
        bed.play(&range, until: .seconds(70))
        let run = try await bed.run("run_004")
        let hits = try #require(run["hits"]?.arrayValue)
        #expect(hits.compactMap { $0["shot"]?.integerValue } == [1, 2, 3, 4, 5, 6])
        #expect(run["summary"]?["hits"]?.integerValue == 6)
        let sensor = try #require(bed.service.sensorList.first { $0.id == RangeTestBed.sensor(0).text })
        #expect(sensor.delay?.count ?? 0 >= 10)
        #expect(sensor.impacts == 24)
        let stored = try #require(bed.service.sensors.state(of: RangeTestBed.sensor(0))?.delay)
        #expect(stored == bed.service.runs.tracker.delays[RangeTestBed.sensor(0)])
    }

    @Test("an impact has the location of its target, and hits are counted for it")
    func target() async throws {
        let bed = try await RangeTestBed()
        try bed.service.addTarget(
            RangeTarget(id: "popper", name: "Popper", location: TargetPoint(x: 2.3, y: 1.8), rack: "left"),
            sensors: [RangeTestBed.sensor(0).text])
        var range = VirtualRange.ready(strings(2), sensors: 1)
        bed.play(&range, until: .seconds(40))
        let impact = try #require(
            bed.events.compactMap(\.liveJSON).last { $0["type"]?.stringValue == "sensor_event" })
        #expect(impact["data"]?["location"]?["x"]?.doubleValue == 2.3)
        #expect(impact["data"]?["target"]?.stringValue == "popper")
        let targets = try await bed.run("run_002")["summary"]?["targets"]?.arrayValue
        #expect(targets?.first?["target"]?.stringValue == "popper")
        #expect(bed.service.targetList.first?.sensors == [RangeTestBed.sensor(0).text])
        try bed.service.removeTarget("popper")
        #expect(bed.registry.target(of: RangeTestBed.sensor(0)) == nil)
    }

    @Test("rejected motions are published only if enabled, and always counted")
    func refused() async throws {
        let script = RangeScript([
            RangeString(
                beep: .seconds(5), hits: [RangeHit(sensor: 0, time: .seconds(1), velocity: 20)], stop: .seconds(4))
        ])
        let quiet = try await RangeTestBed()
        var range = VirtualRange.ready(script, sensors: 1)
        quiet.play(&range, until: .seconds(15))
        #expect(!quiet.names.contains("impact_detected") && !quiet.names.contains("impact_refused"))
        let metrics = String(decoding: quiet.metrics.exposition(), as: UTF8.self)
        #expect(metrics.contains("leadville_range_motions_total{result=\"below_peak\"} 1\n"))
        let publishing = try await RangeTestBed()
        publishing.service.settings.publishesRejects = true
        var again = VirtualRange.ready(script, sensors: 1)
        publishing.play(&again, until: .seconds(15))
        let event = try #require(
            publishing.events.compactMap(\.liveJSON).first { $0["event_type"]?.stringValue == "impact_refused" })
        #expect(event["data"]?["reason"]?.stringValue == "below_peak")
    }

    @Test("thresholds apply at once and are stored, and a dry run predicts their effect")
    func thresholds() async throws {
        let bed = try await RangeTestBed()
        var range = VirtualRange.ready(strings(2), sensors: 1)
        bed.play(&range, until: .seconds(18))
        let sensor = RangeTestBed.sensor(0).text
        var high = ImpactThresholds.standard
        (high.onset, high.peak) = (100, 2_000)
        let dry = try await bed.service.dryRun(sensor, DryRunRequest(high))
        #expect(dry.outcome.findings.filter(\.isImpact).isEmpty)
        #expect(dry.present.findings.count(where: \.isImpact) == 6)
        try bed.service.setThresholds(of: sensor) { (_: ImpactThresholds) throws(RangeError) in high }
        bed.play(&range, until: .seconds(40))
        #expect(bed.names.count { $0 == "impact_detected" } == 6)
        #expect(bed.service.sensors.state(of: RangeTestBed.sensor(0))?.thresholds == high)
        // The samples of each run are recorded for later dry runs.
        var request = DryRunRequest(.standard)
        request.recording = "run_001-\(sensor)"
        #expect(try await bed.service.dryRun(sensor, request).outcome.findings.count(where: \.isImpact) == 6)
    }

    @Test("taps set the thresholds: their progress is reported, they are not published, and the result is stored")
    func taps() async throws {
        let bed = try await RangeTestBed()
        let sensor = RangeTestBed.sensor(0)
        var range = VirtualRange.ready(strings(2), sensors: 1)
        func status() throws -> RangeSensorStatus {
            try #require(bed.service.sensorList.first { $0.id == sensor.text })
        }
        #expect {
            try bed.service.calibrate(sensor.text, taps: 3)
        } throws: { "\($0)".contains("not connected") }
        bed.service.sensorReady(sensor, at: bed.clock.now)
        try bed.service.calibrate(sensor.text, taps: 5)
        let waiting = try status()
        #expect(waiting.taps?.state == .waiting)
        bed.play(&range, until: .seconds(18))
        bed.play(&range, until: .seconds(40))
        let done = try status()
        #expect(done.taps?.state == .completed)
        #expect(done.thresholds.peak > 30 && done.thresholds.peak < 110)
        #expect(bed.service.sensors.state(of: sensor)?.thresholds == done.thresholds)
        // The sixth and later hits count as impacts again.
        #expect(bed.names.contains("impact_detected"))
        #expect(
            bed.tapProgress
                == (0..<5).map { TapProgress(.waiting, taps: $0, of: 5) } + [TapProgress(.completed, taps: 5, of: 5)])
    }

    @Test("the end of a calibration by taps is published, also without taps and when other thresholds are set")
    func tapsEnd() async throws {
        let bed = try await RangeTestBed()
        let sensor = RangeTestBed.sensor(0)
        bed.service.sensorReady(sensor, at: bed.clock.now)
        try bed.service.calibrate(sensor.text, taps: 4)
        bed.advance(to: .seconds(121))
        #expect(bed.tapProgress == [TapProgress(.waiting, taps: 0, of: 4), TapProgress(.timedOut, taps: 0, of: 4)])
        try bed.service.calibrate(sensor.text, taps: 3)
        try bed.service.setThresholds(of: sensor.text) { (present: ImpactThresholds) throws(RangeError) in present }
        #expect(
            bed.tapProgress.dropFirst(2)
                == [TapProgress(.waiting, taps: 0, of: 3), TapProgress(.cancelled, taps: 0, of: 3)])
    }

    @Test("a calibration by taps that is stopped leaves the thresholds as they were")
    func tapsStopped() async throws {
        let bed = try await RangeTestBed()
        let sensor = RangeTestBed.sensor(0)
        var range = VirtualRange.ready(strings(1), sensors: 1)
        bed.service.sensorReady(sensor, at: bed.clock.now)
        try bed.service.setThresholds(of: sensor.text) { (present: ImpactThresholds) throws(RangeError) in
            var other = present
            (other.onset, other.peak) = (7, 21)
            return other
        }
        try bed.service.calibrate(sensor.text, taps: 5)
        #expect(!bed.names.contains("impact_detected"))
        try bed.service.stopCalibration(of: sensor.text)
        let stopped = try #require(bed.service.sensorList.first { $0.id == sensor.text })
        #expect(stopped.taps == nil && stopped.thresholds.onset == 7 && stopped.thresholds.peak == 21)
        #expect(bed.tapProgress == [TapProgress(.waiting, taps: 0, of: 5), TapProgress(.cancelled, taps: 0, of: 5)])
        // Hits are impacts again, with the limits from before.
        bed.play(&range, until: .seconds(18))
        #expect(bed.names.contains("impact_detected"))
        let present = try #require(bed.service.sensorList.first { $0.id == sensor.text })
        #expect(present.thresholds.peak == 21)
        // There is nothing to stop any more.
        try bed.service.stopCalibration(of: sensor.text)
        #expect(bed.tapProgress.count == 2)
        #expect(throws: RangeError.self) { try bed.service.stopCalibration(of: "nobody") }
    }

    @Test("names can be set before, during and after a run")
    func names() async throws {
        let bed = try await RangeTestBed()
        var before = RunEdit()
        (before.shooter, before.stage, before.parTimes) = (.some("Ann"), .some("Stage 1"), [3])
        bed.service.editUpcoming(before)
        var range = VirtualRange.ready(strings(2), sensors: 0)
        bed.play(&range, until: .seconds(8))
        #expect(bed.runEvents("run_started").first?["data"]?["shooter_name"]?.stringValue == "Ann")
        var during = RunEdit()
        during.shooter = .some("Bob")
        _ = try await bed.service.editRun("run_001", during)
        #expect(bed.runEvents("run_updated").last?["data"]?["shooter_name"]?.stringValue == "Bob")
        bed.play(&range, until: .seconds(40))
        var after = RunEdit()
        (after.stage, after.parTimes) = (.some(nil), [2.2, 4])
        _ = try await bed.service.editRun("run_001", after)
        let run = try await bed.run("run_001")
        #expect(run["shooter_name"]?.stringValue == "Bob" && run["stage_name"]?.isNull == true)
        #expect(run["summary"]?["par_times"]?[0]?["shots"]?.integerValue == 2)
        // Par times apply to the next run, names do not.
        let next = try await bed.run("run_002")
        #expect(next["shooter_name"]?.isNull == true && next["summary"]?["par_times"]?.arrayValue?.count == 1)
    }
}
