import Clocks
import Foundation
import Reactor
import Testing

@testable import Store

@Suite("Data store: runs", .timeLimit(.minutes(10))) @ReactorActor
struct RunsTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("finds the latest shots and impacts by their index, whatever lies between them")
    func latestShots() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for number in 1...60 {
            let kind = number % 20 == 0 ? "timer" : number % 30 == 1 ? "impact" : "heart"
            harness.store.append(.sample(Int64(number), kind: kind), .urgent)
        }
        await harness.advance { harness.store.status.durableThrough == 60 }
        let latest = try await harness.store.latestRangeEntries(limit: 3)
        #expect(latest.map(\.sequence) == [60, 40, 31])
        #expect(await harness.close() == 0)
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        let plan = try database.prepare(
            """
            EXPLAIN QUERY PLAN SELECT seq, body FROM event WHERE kind IN ('timer', 'impact') ORDER BY seq DESC LIMIT 3
            """, activity: "testing")
        var steps: [String] = []
        while try plan.step() { steps.append(plan.text(3) ?? "") }
        #expect(steps == ["SCAN event USING INDEX event_range"])
    }

    @Test("a store of schema 2 gets the index")
    func upgrade() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        first.store.append(.sample(1, kind: "timer"), .urgent)
        #expect(await first.close() == 0)
        var database: SQLiteDatabase? = try SQLiteDatabase(
            path: folder.database, access: .readWrite, activity: "testing")
        try database?.execute(
            "DROP INDEX event_range; DROP INDEX event_audit; DROP TABLE workout; DROP TABLE workout_frames; DROP TABLE motion; PRAGMA user_version = 2",
            activity: "testing")
        database = nil
        let second = try StoreHarness(folder)
        _ = await second.start()
        let latest = try await second.store.latestRangeEntries(limit: 9)
        #expect(latest.map(\.sequence) == [1])
        #expect(await second.close() == 0)
        let upgraded = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        #expect(try upgraded.integer("PRAGMA user_version", activity: "testing") == Int64(StoreSchema.version))
        #expect(
            try upgraded.integer(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'event_range'", activity: "testing") == 1)
    }

    @Test("finds what was written, at once and in the next process")
    func memory() async throws {
        let first = try StoreHarness(folder)
        let found = await first.start()
        #expect(first.opened?.wasCreated == true && found.state?.lastRun == 0)
        first.store.put(.run(.sample(1, state: "running")))
        first.store.put(.run(.sample(1, state: "completed", shooter: "Ann", body: "{\"done\":true}")))
        first.store.put(.document(.target, name: "popper", body: Array("{\"x\":1}".utf8)))
        first.store.put(.document(.sensor, name: "gone", body: Array("{}".utf8)))
        first.store.put(.document(.sensor, name: "gone", body: nil))
        for number in 1...3 { first.store.put(.input(number: Int64(number), body: Array("{\"i\":\(number)}".utf8))) }
        first.store.put(.deleteInputs(through: 1))
        first.store.put(.explanation(event: 17, body: Array("{\"why\":\"so\"}".utf8)))
        first.store.put(
            .recording(
                StoredRecording(
                    name: "r", sensor: "S", started: WallTime(nanoseconds: 5), body: [0, 1, 0xFF, 0])))
        #expect(try await first.store.run("run_1") == Array("{\"done\":true}".utf8))
        #expect(try await first.store.explanation(of: 17) == Array("{\"why\":\"so\"}".utf8))
        #expect(try await first.store.explanation(of: 18) == nil)
        #expect(try await first.store.run("run_2") == nil)
        #expect(await first.close() == 0)

        let second = try StoreHarness(folder)
        let again = try #require(await second.start().state)
        #expect(second.opened?.wasCreated == false && again.lastRun == 1 && again.lastInput == 3)
        #expect(again.documents.map(\.name) == ["popper"] && again.documents[0].kind == .target)
        #expect(again.inputs.map { String(decoding: $0, as: UTF8.self) } == ["{\"i\":2}", "{\"i\":3}"])
        #expect(try await second.store.recording("r") == [0, 1, 0xFF, 0])
        #expect(
            try await second.store.recordings() == [
                RecordingEntry(name: "r", sensor: "S", started: WallTime(nanoseconds: 5), bytes: 4)
            ])
        #expect(await second.close() == 0)
    }

    @Test("reads what was written before, also during another commit")
    func readYourWrites() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        let store = harness.store
        for number in 1...30 {
            store.put(
                .recording(
                    StoredRecording(
                        name: "r", sensor: "S", started: WallTime(nanoseconds: 0),
                        body: [UInt8](repeating: UInt8(number), count: 500_000))))
            let other = Task { @ReactorActor in try await store.run("run_0") }
            // The other task begins its read, which has the recording written.
            await Task.yield()
            store.put(.run(.sample(Int64(number))))
            #expect(try await store.run("run_\(number)") != nil)
            _ = try await other.value
        }
        #expect(await harness.close() == 0)
        await #expect(throws: StoreError.self) { try await store.run("run_1") }
    }

    @Test("lists runs newest first, page by page, by shooter, stage, timer, state and time")
    func listing() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for number in 1...7 {
            harness.store.put(
                .run(
                    .sample(
                        Int64(number), state: number == 7 ? "running" : "completed",
                        shooter: number.isMultiple(of: 2) ? "Ann" : "Bob'; --", stage: number < 4 ? "One" : nil,
                        timer: number == 5 ? "T2" : "T1")))
        }
        var query = RunQuery()
        query.limit = 3
        let first = try await harness.store.runs(query)
        #expect(first.texts == ["{\"n\":7}", "{\"n\":6}", "{\"n\":5}"] && first.hasMore && first.last == 5)
        query.before = first.last
        query.limit = 4
        let second = try await harness.store.runs(query)
        #expect(second.texts == ["{\"n\":4}", "{\"n\":3}", "{\"n\":2}", "{\"n\":1}"] && !second.hasMore)

        func numbers(_ adjust: (inout RunQuery) -> Void) async throws -> [String] {
            var query = RunQuery()
            adjust(&query)
            return try await harness.store.runs(query).texts.map { String($0.dropFirst(5).dropLast()) }
        }
        #expect(try await numbers { $0.shooter = "Ann" } == ["6", "4", "2"])
        #expect(try await numbers { $0.shooter = "Bob'; --" } == ["7", "5", "3", "1"])
        #expect(try await numbers { $0.stage = "One" } == ["3", "2", "1"])
        #expect(try await numbers { $0.timer = "T2" } == ["5"])
        #expect(try await numbers { $0.state = "running" } == ["7"])
        #expect(
            try await numbers {
                $0.from = WallTime(nanoseconds: 3_000_000_000)
                $0.until = WallTime(nanoseconds: 5_000_000_000)
            } == ["4", "3"])
        #expect(try await numbers { $0.shooter = "nobody" } == [])

        // A page that is full by its bytes ends with the run that fills it, and tells that there is more.
        query = RunQuery()
        query.maximumBytes = 8
        let small = try await harness.store.runs(query)
        #expect(small.texts == ["{\"n\":7}", "{\"n\":6}"] && small.hasMore && small.last == 6)
        query.maximumBytes = 1
        #expect(try await harness.store.runs(query).texts == ["{\"n\":7}"])
    }

    @Test("does not reuse the number of a deleted run, even after a restart")
    func deletedNumbers() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        first.store.put(.run(.sample(1)))
        first.store.put(.run(.sample(2)))
        _ = try await first.store.run("run_2")
        first.store.put(.deleteRun("run_2"))
        #expect(try await first.store.run("run_2") == nil)
        #expect(await first.close() == 0)
        let second = try StoreHarness(folder)
        #expect(await second.start().state?.lastRun == 2)
    }

    @Test("deletes the oldest runs, explanations and recordings above their limits")
    func limits() async throws {
        let harness = try StoreHarness(folder) {
            ($0.retention.runs, $0.retention.explanations, $0.retention.recordings) = (3, 5, 2)
        }
        _ = await harness.start()
        for number in 1...130 {
            harness.store.put(.run(.sample(Int64(number))))
            harness.store.put(.explanation(event: UInt64(number * 10), body: Array("{}".utf8)))
            harness.store.put(
                .recording(
                    StoredRecording(name: "\(number)", sensor: "S", started: WallTime(nanoseconds: 0), body: [1])))
            _ = try await harness.store.run("none")
        }
        // Maintenance deletes them: it is due by then.
        harness.advance(by: .seconds(31))
        await harness.wait { !harness.store.isWorking }
        var all = RunQuery()
        all.limit = 1_000
        #expect(try await harness.store.runs(all).bodies.count == 3)
        #expect(try await harness.store.runs(RunQuery()).texts.first == "{\"n\":130}")
        #expect(try await harness.store.run("run_1") == nil)
        #expect(try await harness.store.explanation(of: 10) == nil)
        #expect(try await harness.store.explanation(of: 1_300) != nil)
        #expect(try await harness.store.recordings().count == 2)
    }

    @Test("works in memory, and leaves nothing behind")
    func withoutFile() async throws {
        let harness = try StoreHarness(path: nil)
        #expect(await harness.start().wasRead && harness.opened?.wasCreated == true)
        harness.store.put(.run(.sample(1)))
        #expect(try await harness.store.runs(RunQuery()).texts == ["{\"n\":1}"])
        harness.store.append(.sample(1), .urgent)
        await harness.advance { harness.store.status.durableThrough == 1 }
        #expect(try await harness.store.entries(after: 0, limit: 10).entries == [.sample(1)])
        #expect(await harness.close() == 0)
        #expect(folder.names == [])
    }

    @Test("keeps a second gateway out, and says why")
    func lock() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        let second = try StoreHarness(folder)
        #expect(await !second.start().wasRead)
        guard case .degraded(let failure, _) = second.store.health else {
            Issue.record("two gateways share a file")
            return
        }
        #expect(failure.reason == .inUse)
        await #expect(throws: StoreError.self) { try await second.store.runs(RunQuery()) }
        #expect(await first.close() == 0)
        await second.advance { second.store.health.isHealthy }
        #expect(await second.close() == 0)
    }
}
