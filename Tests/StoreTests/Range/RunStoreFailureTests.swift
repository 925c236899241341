import Clocks
import Foundation
import Reactor
import TestSupport
import Testing

@testable import Store

@Suite("A range's book in trouble", .timeLimit(.minutes(5))) @ReactorActor
struct RunStoreFailureTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("a damaged file is moved aside, a new one begun, and no number given out twice")
    func damaged() async throws {
        let first = try RunStoreHarness(folder)
        _ = await first.start()
        first.store.put(.run(.sample(41)))
        #expect(await first.close() == 0)
        try folder.overwrite(folder.range, with: Data("no database, whatever it looks like".utf8))
        let second = try RunStoreHarness(folder)
        #expect(await second.start() == nil)
        second.store.put(.run(.sample(42)))
        await second.advance { second.store.health.isHealthy }
        let found = try #require(await second.start())
        #expect(found.wasCreated && found.movedAside?.hasPrefix(folder.range + ".corrupt-") == true)
        #expect(found.lastRun > 1_000_000_000)
        #expect(try await second.store.run("run_42") != nil)
        #expect(await second.close() == 0)
    }

    @Test("a file that somebody deletes is begun anew with all that waits, and its owner is told to put in the rest")
    func deleted() async throws {
        let harness = try RunStoreHarness(folder)
        _ = await harness.start()
        var told = 0
        harness.store.onReset = { told += 1 }
        harness.store.put(.run(.sample(1)))
        _ = try await harness.store.run("run_1")
        for name in folder.names { try FileManager.default.removeItem(atPath: folder.path + "/" + name) }
        harness.store.put(.run(.sample(2)))
        await harness.advance { told == 1 && harness.store.unwritten == 0 }
        #expect(try await harness.store.run("run_2") != nil)
        #expect(try await harness.store.run("run_1") == nil)
        #expect(await harness.close() == 0)
    }

    @Test("another program's database is left alone")
    func foreign() async throws {
        let database = try SQLiteDatabase(path: folder.range, access: .readWrite, activity: "testing")
        try database.execute("CREATE TABLE theirs(a)", activity: "testing")
        let harness = try RunStoreHarness(folder)
        #expect(await harness.start() == nil)
        guard case .degraded(let failure, _) = harness.store.health else {
            Issue.record("a foreign file was taken")
            return
        }
        #expect(failure.reason == .foreign)
        // What was put in is lost, and that is said.
        harness.store.put(.run(.sample(1)))
        #expect(await harness.close() == 1)
    }

    @Test(
        "a full disk: what is to be kept waits, and is written when there is room again",
        .enabled(if: TinyFileSystem.isAvailable, "needs root"))
    func fullDisk() async throws {
        let disk = try TinyFileSystem(megabytes: 2)
        let harness = try RunStoreHarness(path: disk.path + "/range.db")
        _ = await harness.start()
        harness.store.put(.run(.sample(1)))
        _ = try await harness.store.run("run_1")
        disk.fill()
        var number: Int64 = 1
        let long = "{\"text\":\"" + String(repeating: "x", count: 4_000) + "\"}"
        while harness.store.health.isHealthy, number < 10_000 {
            number += 1
            harness.store.put(.run(.sample(number, body: long)))
            harness.advance()
            await Task.yield()
        }
        guard case .degraded(let failure, _) = harness.store.health else {
            Issue.record("a full disk went unnoticed")
            return
        }
        #expect(failure.reason == .diskFull)
        #expect(harness.store.unwritten > 0)
        await #expect(throws: StoreError.self) { try await harness.store.run("run_1") }
        disk.freeSpace()
        await harness.advance { harness.store.unwritten == 0 }
        #expect(try await harness.store.run("run_\(number)") != nil)
        #expect(await harness.close() == 0)
    }

    @Test("killed at twenty random moments: what was said to be safe is there, and a run that was cut off is all there")
    func kills() throws {
        var random = SeededGenerator(seed: 21)
        for round in 1...20 {
            let writer = try ChildTool("store-crash-writer", [folder.range, "--range", "yes"])
            let runs = Int.random(in: 0...8, using: &random)
            while writer.lines.count <= runs, writer.nextLine() != nil {}
            usleep(UInt32.random(in: 0...4_000, using: &random))
            writer.kill()
            let safe = try #require(writer.last("through") ?? writer.last("start"), "round \(round)")
            let database = try SQLiteDatabase(path: folder.range, access: .readOnly, activity: "testing")
            #expect(try database.text("PRAGMA integrity_check", activity: "testing") == "ok", "round \(round)")
            var opening = StoredRangeState()
            try RunQueries.loadState(from: database, into: &opening)
            #expect(opening.lastRun >= safe && opening.lastRun <= safe + 1, "round \(round)")
            guard opening.lastRun > 0 else { continue }
            // Inputs and runs are written together: a run that is not over has all that it was made of.
            let last = try RunQueries.body("run", "id", "run_\(opening.lastRun)", in: database)
            let state = try database.text(
                "SELECT state FROM run WHERE number = \(opening.lastRun)", activity: "testing")
            let shots = Int(String(decoding: last ?? [], as: UTF8.self).filter(\.isNumber))
            #expect(opening.inputs.count == (state == "running" ? shots : 0), "round \(round)")
        }
    }

    @Test("a disk that fails in the middle: the process lives, and after it nothing is missing")
    func failingDisk() throws {
        let writer = try ChildTool(
            "store-crash-writer", [folder.range, "--commits", "60", "--range", "yes", "--largest-file", "150000"])
        #expect(writer.waitForExit() == 0)
        #expect(writer.lines.contains("degraded io_error"))
        #expect(writer.last("closed") == 0 && writer.last("through") == 60)
    }
}
