import Clocks
import Events
import Hub
import JSON
import RangeTrials
import Reactor
import Signals
import Store
import Testing
import VirtualDevices

@testable import Drivers
@testable import ShootingRange

@Suite("Range restarts") @ReactorActor
struct RangeRestartTests {
    let folder: TemporaryRangeFolder
    private let script = RangeScript([
        .even(
            beep: .seconds(5), shots: 6, first: .milliseconds(1_500), split: .milliseconds(700), hitting: 0,
            after: .milliseconds(40))
    ])

    init() throws {
        folder = try TemporaryRangeFolder()
    }

    @Test("a run in progress continues: nothing is published twice and nothing is missing at its end")
    func middle() async throws {
        let first = try await RangeTestBed(file: folder.file)
        var range = VirtualRange.ready(script, sensors: 1)
        first.play(&range, until: .milliseconds(8_500))
        #expect(first.names.count { $0 == "shot" } == 3)
        let reportedBefore = first.runEvents("hit").count
        let eventsBefore = first.events.count { if case .run = $0.body { true } else { false } }
        _ = await first.store.close(within: .seconds(30))

        let second = try await RangeTestBed(file: folder.file, at: .milliseconds(8_600), latestID: 1_000)
        #expect(second.events.isEmpty)
        second.play(&range, until: .seconds(20))
        #expect(!second.names.contains("run_started"))
        #expect(second.names.count { $0 == "shot" } == 3)
        #expect(second.names.last == "run_completed")
        let run = try await second.run("run_001")
        #expect(run["shots"]?.arrayValue?.count == 6 && run["state"]?.stringValue == "completed")
        // The rest level is restored: the hit at 8.64 s is not missed.
        let hits = second.runEvents("hit").compactMap { $0["data"] }
        #expect(reportedBefore + hits.count { $0["final"]?.booleanValue == false } == 6)
        #expect(hits.count { $0["final"]?.booleanValue == true } == 6)
        let eventsAfter = second.events.count { if case .run = $0.body { true } else { false } }
        #expect(run["events"]?.arrayValue?.count == eventsBefore + eventsAfter)
        _ = await second.store.close(within: .seconds(30))

        // Its inputs have been deleted, and the next run has the next number.
        let third = try await RangeTestBed(file: folder.file, at: .seconds(30), latestID: 2_000)
        #expect(third.service.runs.tracker.runs.isEmpty)
        #expect(third.service.runs.tracker.nextNumber == 2)
        #expect(third.service.runs.tracker.delays == second.service.runs.tracker.delays)
        _ = await third.store.close(within: .seconds(30))
    }

    @Test("missed shots are recovered from the timer's list, into the same run")
    func repaired() async throws {
        let first = try await RangeTestBed(file: folder.file)
        var range = VirtualRange.ready(script, sensors: 0)
        first.play(&range, until: .milliseconds(8_500))
        _ = await first.store.close(within: .seconds(30))
        let second = try await RangeTestBed(file: folder.file, at: .seconds(11), latestID: 1_000)
        let list = TimerEvent(
            timer: RangeTestBed.timer, action: .listed(times: script.strings[0].shots), string: nil, frame: [0x0A],
            source: .repaired)
        second.service.receive(list, at: second.clock.now)
        #expect(second.names == ["shot_detected", "shot", "shot_detected", "shot", "shot_detected", "shot"])
        let run = try await second.run("run_001")
        #expect(run["shots"]?.arrayValue?.compactMap { $0["repaired"]?.booleanValue }.count == 3)
        _ = await second.store.close(within: .seconds(30))
    }

    @Test("a beep after a restart begins a new run, even if its string has the number of the restored one")
    func sameNumber() async throws {
        func started() -> TimerEvent { TimerEvent(timer: RangeTestBed.timer, action: .started, string: 1) }
        let first = try await RangeTestBed(file: folder.file)
        first.service.receive(started(), at: first.clock.now)
        // Without a restart it is the same beep, reported twice.
        first.service.receive(started(), at: first.clock.now)
        #expect(first.names.count { $0 == "run_started" } == 1)
        _ = await first.store.close(within: .seconds(30))

        let second = try await RangeTestBed(file: folder.file, at: .seconds(3), latestID: 1_000)
        second.service.receive(started(), at: second.clock.now)
        #expect(second.names == ["timer_started", "run_interrupted", "run_started"])
        let shot = Shot(number: 1, time: .seconds(1), split: .seconds(1), first: nil)
        second.service.receive(
            TimerEvent(timer: RangeTestBed.timer, action: .shot(shot), string: 1), at: second.clock.now)
        _ = await second.store.close(within: .seconds(30))

        // The inputs stored by both lead to the same runs.
        let third = try await RangeTestBed(file: folder.file, at: .seconds(4), latestID: 2_000)
        let run = try await third.run("run_002")
        #expect(run["shots"]?.arrayValue?.count == 1 && run["state"]?.stringValue == "running")
        #expect(try await third.run("run_001")["state"]?.stringValue == "interrupted")
        _ = await third.store.close(within: .seconds(30))
    }

    @Test("a run of a timer that never reconnects ends with a timeout, also across a restart")
    func silence() async throws {
        let first = try await RangeTestBed(file: folder.file)
        var range = VirtualRange.ready(script, sensors: 0)
        first.play(&range, until: .milliseconds(8_500))
        _ = await first.store.close(within: .seconds(30))
        let second = try await RangeTestBed(file: folder.file, at: .seconds(3_000), latestID: 1_000)
        second.advance(to: .seconds(3_001))
        #expect(second.names == ["shot_final", "shot_final", "shot_final", "run_timeout"])
        #expect(try await second.run("run_001")["state"]?.stringValue == "timeout")
        _ = await second.store.close(within: .seconds(30))
    }

    @Test("targets, thresholds and the next run's names are restored")
    func memory() async throws {
        let first = try await RangeTestBed(file: folder.file)
        try first.service.addTarget(RangeTarget(id: "gong", name: "Gong", rack: "r"), sensors: nil)
        try first.service.addTarget(RangeTarget(id: "gone", name: "Gone"), sensors: nil)
        try first.service.removeTarget("gone")
        try first.service.setThresholds(of: RangeTestBed.sensor(1).text) { old throws(RangeError) in
            var new = old
            new.peak = 77
            return new
        }
        var names = RunEdit()
        names.shooter = .some("Ann")
        first.service.editUpcoming(names)
        _ = await first.store.close(within: .seconds(30))
        let second = try await RangeTestBed(file: folder.file, at: .seconds(10))
        #expect(second.service.targetList.map(\.target) == [RangeTarget(id: "gong", name: "Gong", rack: "r")])
        #expect(second.service.sensorList.first { $0.id == RangeTestBed.sensor(1).text }?.thresholds.peak == 77)
        #expect(second.service.upcomingNames.shooter == "Ann")
        _ = await second.store.close(within: .seconds(30))
    }

    /// A range with one run that is on disk only.
    private func withOldRun() async throws -> RangeTestBed {
        let first = try await RangeTestBed(file: folder.file)
        var range = VirtualRange.ready(script, sensors: 0)
        first.play(&range, until: .seconds(20))
        _ = await first.store.close(within: .seconds(30))
        return try await RangeTestBed(file: folder.file, at: .seconds(30), latestID: 1_000)
    }

    @Test("a stored run can be renamed and deleted, and clients are notified of its names")
    func oldRuns() async throws {
        let second = try await withOldRun()
        let before = try await second.run("run_001")
        var edit = RunEdit()
        (edit.shooter, edit.parTimes) = (.some("Ann \"A\""), [2.2])
        _ = try await second.service.editRun("run_001", edit)
        let run = try await second.run("run_001")
        #expect(run["shooter_name"]?.stringValue == "Ann \"A\"")
        #expect(run["summary"]?["par_times"]?[0]?["shots"]?.integerValue == 2)
        var filter = RunQuery()
        filter.shooter = "Ann \"A\""
        #expect(try await second.service.runs(filter).runs.count == 1)

        // In the same form as a run in memory, with the same numbers.
        let update = try #require(second.runEvents("run_updated").first)
        #expect(second.names == ["run_updated"])
        #expect(update["run_id"]?.stringValue == "run_001")
        #expect(update["data"]?["device_id"]?.stringValue == RangeTestBed.timer.text)
        #expect(update["data"]?["shooter_name"]?.stringValue == "Ann \"A\"")
        #expect(update["data"]?["par_times"] == run["summary"]?["par_times"])
        for member in ["shots", "total_time", "first_shot", "best_split", "hits", "stray_hits", "targets"] {
            #expect(update["data"]?[member] == before["summary"]?[member], "\(member)")
        }
        #expect(run["events"]?.arrayValue?.last?.integerValue == update["id"]?.integerValue)
        let explained = try JSONValue(parsing: try await second.service.explanation(of: 1_001))
        #expect(explained["event"]?["event_type"]?.stringValue == "run_updated")

        try await second.service.deleteRun("run_001")
        await #expect(throws: RangeError.unknown("there is no run \"run_001\"")) { try await second.run("run_001") }
        _ = await second.store.close(within: .seconds(30))
    }

    @Test("concurrent edits of a stored run are all kept, and none restores a deleted run")
    func editsAtOnce() async throws {
        let second = try await withOldRun()
        async let shooter: Void = second.edit { $0.shooter = .some("Ann") }
        async let stage: Void = second.edit { $0.stage = .some("Stage 1") }
        async let times: Void = second.edit { $0.parTimes = [3] }
        _ = try await (shooter, stage, times)
        let run = try await second.run("run_001")
        #expect(run["shooter_name"]?.stringValue == "Ann" && run["stage_name"]?.stringValue == "Stage 1")
        #expect(run["summary"]?["par_times"]?.arrayValue?.count == 1)

        async let again: Void = second.edit { $0.shooter = .some("Bob") }
        async let gone: Void = second.service.deleteRun("run_001")
        // Either order is possible: edited and then deleted, or nothing left to edit.
        _ = try? await again
        try await gone
        await #expect(throws: RangeError.unknown("there is no run \"run_001\"")) { try await second.run("run_001") }
        _ = await second.store.close(within: .seconds(30))
    }

    @Test("without a disk, live data continue, the current run is available, and the list reports the error")
    func broken() async throws {
        let bed = try await RangeTestBed(file: "/proc/nowhere/range.db")
        var range = VirtualRange.ready(script, sensors: 1)
        bed.play(&range, until: .seconds(20))
        #expect(bed.names.last == "run_completed")
        let id = try #require(bed.runEvents("run_completed").first?["run_id"]?.stringValue)
        #expect(try await bed.run(id)["shots"]?.arrayValue?.count == 6)
        await #expect(throws: RangeError.self) { try await bed.service.runs(RunQuery()) }
        _ = await bed.store.close(within: .zero)
    }
}

extension RangeTestBed {
    fileprivate func edit(_ change: @Sendable (inout RunEdit) -> Void) async throws {
        var edit = RunEdit()
        change(&edit)
        _ = try await service.editRun("run_001", edit)
    }
}
