import Clocks
import Events
import JSON
import RangeTrials
import Reactor
import Signals
import Store
import Testing
import VirtualDevices

@testable import ShootingRange

@Suite("Runs of a boot without a time") @ReactorActor
struct RunDatingTests {
    let folder: TemporaryRangeFolder
    private let script = RangeScript([
        .even(
            beep: .seconds(5), shots: 6, first: .milliseconds(1_500), split: .milliseconds(700), hitting: 0,
            after: .milliseconds(40))
    ])
    private static let boot = RangeTestBed.begin.wall - .seconds(100)
    private static let shift = Nanoseconds.seconds(86_400_000)

    init() throws {
        folder = try TemporaryRangeFolder()
    }

    private func bed(at elapsed: Nanoseconds = .zero, latestID: UInt64 = 0) async throws -> RangeTestBed {
        let bed = try await RangeTestBed(file: folder.file, at: elapsed, latestID: latestID)
        bed.service.setDating { RunDating(boot: Self.boot, source: .unset) }
        return bed
    }

    private func redate(_ bed: RangeTestBed, by shift: Nanoseconds, _ source: ClockSource, from first: Int64 = 1) async
        -> Int
    {
        await bed.service.redate(by: source, boot: Self.boot + shift, from: first)
    }

    @Test("a run in progress moves as a whole, and ends in the new time")
    func inProgress() async throws {
        let bed = try await bed()
        var range = VirtualRange.ready(script, sensors: 1)
        bed.play(&range, until: .milliseconds(8_500))
        let before = try await bed.service.run("run_001")
        #expect(before.dating == RunDating(boot: Self.boot, source: .unset))
        #expect(await redate(bed, by: Self.shift, .phone) == 1)
        let after = try await bed.service.run("run_001")
        #expect(after.started == before.started + Self.shift)
        #expect(after.shots.map(\.fired) == before.shots.map { $0.fired.map { $0 + Self.shift } })
        #expect(after.dating == RunDating(boot: Self.boot + Self.shift, source: .phone, correction: Self.shift))
        #expect(await redate(bed, by: Self.shift, .phone) == 0, "once")

        bed.clock.shift = Self.shift
        bed.play(&range, until: .seconds(20))
        let ended = try await bed.service.run("run_001")
        #expect(ended.shots.count == 6)
        let span = try #require(ended.ended) - ended.started
        #expect(span > .zero && span < .seconds(20))
        let fired = ended.shots.compactMap(\.fired)
        #expect(fired.count == 6 && fired.allSatisfy { $0 > ended.started && $0 < ended.started + .seconds(20) })
        // A time server corrects the phone.
        #expect(await redate(bed, by: Self.shift - .seconds(3), .synchronised) == 1)
        #expect(try await bed.service.run("run_001").started == before.started + Self.shift - .seconds(3))
        // Now the time is known, and stays.
        #expect(await redate(bed, by: .zero, .machine) == 0)
        _ = await bed.store.close(within: .seconds(30))
    }

    @Test("stored runs of the boot move, those before it and those whose time was known do not")
    func stored() async throws {
        let first = try await bed()
        var range = VirtualRange.ready(script, sensors: 1)
        first.play(&range, until: .seconds(20))
        _ = await first.store.close(within: .seconds(30))

        let second = try await bed(at: .seconds(30), latestID: 1_000)
        let before = try await second.service.run("run_001")
        #expect(second.service.runs.tracker[RunID("run_001")] == nil)
        #expect(await redate(second, by: Self.shift, .synchronised, from: 2) == 0, "an earlier boot")
        #expect(await redate(second, by: Self.shift, .synchronised) == 1)
        let after = try await second.service.run("run_001")
        #expect(after.started == before.started + Self.shift && after.ended == before.ended.map { $0 + Self.shift })
        #expect(try await second.service.runs(RunQuery()).runs.map(\.started) == [after.started])
        _ = await second.store.close(within: .seconds(30))
    }

    @Test("a run in progress continues after a restart in the same boot, although the clock was set meanwhile")
    func restart() async throws {
        let first = try await bed()
        var range = VirtualRange.ready(script, sensors: 1)
        first.play(&range, until: .milliseconds(8_500))
        #expect(await redate(first, by: Self.shift, .phone) == 1)
        let before = try await first.service.run("run_001")
        _ = await first.store.close(within: .seconds(30))

        let second = try await RangeTestBed(
            file: folder.file, at: .milliseconds(8_600), latestID: 1_000, shift: Self.shift, isSameBoot: true)
        second.play(&range, until: .seconds(20))
        #expect(second.names.last == "run_completed")
        let run = try await second.service.run("run_001")
        #expect(run.shots.count == 6 && run.dating == before.dating)
        #expect(abs((run.started - before.started).count) < Nanoseconds.milliseconds(1).count)
        _ = await second.store.close(within: .seconds(30))
    }

    @Test("how a run was dated is stored, and said only if the time was not known")
    func formats() throws {
        var run = RunRecord(
            id: RunID("run_001"), number: 1, timer: DeviceID("T"), started: Self.boot, ended: nil, end: nil,
            shooter: nil, stage: nil,
            shots: [], hits: [], summary: RunSummary(shots: 0, time: .zero), events: [],
            dating: RunDating(boot: Self.boot, source: .unset))
        #expect(RunCodec.decode(RunCodec.encode(run)) == run)
        run.redate(by: .phone, boot: Self.boot + .seconds(3))
        #expect(RunCodec.decode(RunCodec.encode(run)) == run)
        let text = String(decoding: RunCodec.encode(run), as: UTF8.self)
        #expect(text.contains(#""dating":[1789999903000000000,3000000000,"phone"]"#))
    }

    @Test("a damaged correction is corrected within the type")
    func damagedCorrection() throws {
        let json = #"""
            {"format":2,"id":"a","number":1,"timer":"T","started":1,"dating":[0,9223372036854775807,"unset"]}
            """#
        var run = try #require(RunCodec.decode(Array(json.utf8)))
        run.redate(by: .phone, boot: Self.boot)
        #expect(run.dating?.correction == Nanoseconds(.max) && run.dating?.boot == Self.boot)
    }
}
