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

@Suite("The range's station, on a clock of the test's own") @ReactorActor
struct RangeServiceTests {
    /// Six shots on one plate, several strings of them.
    private func strings(_ count: Int, hitting sensor: Int = 0) -> RangeScript {
        RangeScript(
            (0..<count).map {
                .even(
                    beep: .seconds(5 + Int64($0) * 15), shots: 6, first: .milliseconds(1_500),
                    split: .milliseconds(700), hitting: sensor, after: .milliseconds(40))
            })
    }

    @Test("a string becomes timer events, impacts and a run, each thing once and in order")
    func string() async throws {
        let house = try await RangeTestBed()
        var range = VirtualRange.ready(strings(1), sensors: 1)
        house.play(&range, until: .seconds(20))
        #expect(house.events.map(\.stamp.id) == Array(1...UInt64(house.events.count)))
        #expect(house.names.count { $0 == "timer_started" } == 1)
        #expect(house.names.count { $0 == "shot_detected" } == 6)
        #expect(house.names.count { $0 == "timer_stopped" } == 1)
        #expect(house.names.count { $0 == "impact_detected" } == 6)
        #expect(house.names.count { $0 == "run_started" } == 1)
        #expect(house.names.count { $0 == "shot" } == 6)
        #expect(house.names.last == "run_completed")
        let run = try await house.run("run_001")
        #expect(run["state"]?.stringValue == "completed")
        #expect(run["shots"]?.arrayValue?.count == 6)
        let times = run["shots"]?.arrayValue?.compactMap { $0["time"]?.doubleValue }
        #expect(times == [1.5, 2.2, 2.9, 3.6, 4.3, 5.0])
        #expect(run["hits"]?.arrayValue?.count == 6)
        #expect(run["summary"]?["total_time"]?.doubleValue == 5)
        #expect(
            run["events"]?.arrayValue?.count == house.events.count { if case .run = $0.body { true } else { false } })
    }

    @Test("the beep on our clock is close to the truth, within its error bar, and shots carry both")
    func stringClock() async throws {
        let house = try await RangeTestBed()
        var range = VirtualRange.ready(strings(1), sensors: 0)
        house.play(&range, until: .seconds(20))
        let truth = RangeTestBed.begin.monotonic + .seconds(5)
        let last = try #require(house.events.last { $0.liveJSON?["event_type"]?.stringValue == "shot_detected" })
        let mapping = try #require(last.stamp.device?.mapping)
        #expect(last.stamp.device?.reading == .seconds(5))
        #expect(abs((mapping.zero - truth).count) <= mapping.error.count)
        #expect(mapping.error < .milliseconds(30))
        #expect(last.liveJSON?["device_time"]?["error_seconds"]?.doubleValue ?? 1 < 0.03)
        #expect(last.liveJSON?["data"]?["source"]?.stringValue == "pushed")
    }

    @Test("after some strings each shot has its hit, with a delay that was learnt, and the delay is kept")
    func pairing() async throws {
        let house = try await RangeTestBed()
        var range = VirtualRange.ready(strings(4), sensors: 1)
        house.play(&range, until: .seconds(70))
        let run = try await house.run("run_004")
        let hits = try #require(run["hits"]?.arrayValue)
        #expect(hits.compactMap { $0["shot"]?.integerValue } == [1, 2, 3, 4, 5, 6])
        #expect(run["summary"]?["hits"]?.integerValue == 6)
        let sensor = try #require(house.service.sensorList.first { $0.id == RangeTestBed.sensor(0).text })
        #expect(sensor.delay?.count ?? 0 >= 10)
        #expect(sensor.impacts == 24)
        let kept = try #require(house.service.sensorStates[RangeTestBed.sensor(0)]?.delay)
        #expect(kept == house.service.activeRuns.tracker.delays[RangeTestBed.sensor(0)])
    }

    @Test("an impact tells where the target of its sensor stands, and hits are counted for it")
    func target() async throws {
        let house = try await RangeTestBed()
        try house.service.addTarget(
            RangeTarget(id: "popper", name: "Popper", location: TargetPoint(x: 2.3, y: 1.8), rack: "left"),
            sensors: [RangeTestBed.sensor(0).text])
        var range = VirtualRange.ready(strings(2), sensors: 1)
        house.play(&range, until: .seconds(40))
        let impact = try #require(
            house.events.compactMap(\.liveJSON).last { $0["type"]?.stringValue == "sensor_event" })
        #expect(impact["data"]?["location"]?["x"]?.doubleValue == 2.3)
        #expect(impact["data"]?["target"]?.stringValue == "popper")
        let targets = try await house.run("run_002")["summary"]?["targets"]?.arrayValue
        #expect(targets?.first?["target"]?.stringValue == "popper")
        #expect(house.service.targetList.first?.sensors == [RangeTestBed.sensor(0).text])
        try house.service.removeTarget("popper")
        #expect(house.registry.target(of: RangeTestBed.sensor(0)) == nil)
    }

    @Test("what was no impact is told only to those who want it, and counted always")
    func refused() async throws {
        let script = RangeScript([
            RangeString(
                beep: .seconds(5), hits: [RangeHit(sensor: 0, time: .seconds(1), velocity: 20)], stop: .seconds(4))
        ])
        let quiet = try await RangeTestBed()
        var range = VirtualRange.ready(script, sensors: 1)
        quiet.play(&range, until: .seconds(15))
        #expect(!quiet.names.contains("impact_detected") && !quiet.names.contains("impact_refused"))
        #expect(quiet.metrics.exposition().contains("leadville_range_motions_total{result=\"below_peak\"} 1\n"))
        let told = try await RangeTestBed()
        told.service.settings.tellsRefused = true
        var again = VirtualRange.ready(script, sensors: 1)
        told.play(&again, until: .seconds(15))
        let event = try #require(
            told.events.compactMap(\.liveJSON).first { $0["event_type"]?.stringValue == "impact_refused" })
        #expect(event["data"]?["reason"]?.stringValue == "below_peak")
    }

    @Test("thresholds count at once, are kept, and a dry run tells beforehand what they will find")
    func thresholds() async throws {
        let house = try await RangeTestBed()
        var range = VirtualRange.ready(strings(2), sensors: 1)
        house.play(&range, until: .seconds(18))
        let sensor = RangeTestBed.sensor(0).text
        var high = ImpactThresholds.standard
        (high.onset, high.peak) = (100, 2_000)
        let dry = try await house.service.dryRun(sensor, DryRunRequest(high))
        #expect(dry.outcome.findings.filter(\.isImpact).isEmpty)
        #expect(dry.present.findings.count(where: \.isImpact) == 6)
        try house.service.setThresholds(of: sensor) { (_: ImpactThresholds) throws(RangeError) in high }
        house.play(&range, until: .seconds(40))
        #expect(house.names.count { $0 == "impact_detected" } == 6)
        #expect(house.service.sensorStates[RangeTestBed.sensor(0)]?.thresholds == high)
        // What each run's sensors sent is kept, for dry runs later on.
        var wish = DryRunRequest(.standard)
        wish.recording = "run_001-\(sensor)"
        #expect(try await house.service.dryRun(sensor, wish).outcome.findings.count(where: \.isImpact) == 6)
    }

    @Test("names are entered before, during and after a run")
    func names() async throws {
        let house = try await RangeTestBed()
        var before = RunEdit()
        (before.shooter, before.stage, before.parTimes) = (.some("Ann"), .some("Stage 1"), [3])
        house.service.editUpcoming(before)
        var range = VirtualRange.ready(strings(2), sensors: 0)
        house.play(&range, until: .seconds(8))
        #expect(house.runEvents("run_started").first?["data"]?["shooter_name"]?.stringValue == "Ann")
        var during = RunEdit()
        during.shooter = .some("Bob")
        _ = try await house.service.editRun("run_001", during)
        #expect(house.runEvents("run_updated").last?["data"]?["shooter_name"]?.stringValue == "Bob")
        house.play(&range, until: .seconds(40))
        var after = RunEdit()
        (after.stage, after.parTimes) = (.some(nil), [2.2, 4])
        _ = try await house.service.editRun("run_001", after)
        let run = try await house.run("run_001")
        #expect(run["shooter_name"]?.stringValue == "Bob" && run["stage_name"]?.isNull == true)
        #expect(run["summary"]?["par_times"]?[0]?["shots"]?.integerValue == 2)
        // Par times stay for the next run, names do not.
        let next = try await house.run("run_002")
        #expect(next["shooter_name"]?.isNull == true && next["summary"]?["par_times"]?.arrayValue?.count == 1)
    }
}
