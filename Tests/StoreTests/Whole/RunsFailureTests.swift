import Clocks
import Foundation
import Reactor
import TestSupport
import Testing

@testable import Store

@Suite("Data store: failures with runs", .timeLimit(.minutes(10))) @ReactorActor
struct RunsFailureTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("replaces a damaged file at the start, and assigns no run number twice")
    func damaged() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        first.store.put(.run(.sample(41)))
        #expect(await first.close() == 0)
        try folder.overwrite(folder.database, with: Data("no database, whatever it looks like".utf8))
        let second = try StoreHarness(folder)
        let found = try #require(await second.start().state)
        #expect(second.opened?.wasCreated == true && second.store.health.isHealthy)
        #expect(
            second.events.contains {
                if case .movedAside(let path, _, 0) = $0 { folder.isDamaged(path) } else { false }
            })
        #expect(found.lastRun > 1_000_000_000)
        second.store.put(.run(.sample(42)))
        #expect(try await second.store.run("run_42") != nil)
        #expect(await second.close() == 0)
        let third = try StoreHarness(folder)
        let lastRun = await third.start().state?.lastRun
        #expect(lastRun.map { $0 > 1_000_000_000 } == true)
    }

    @Test("copies the runs and documents that can be read from a damaged file, and continues with the next number")
    func salvaged() async throws {
        let first = WriterHarness(folder)
        _ = try first.open()
        let target = StoreWrite.document(.target, name: "plate", body: Array("{}".utf8))
        _ = try first.commit(
            [.sample(1)],
            writes: (1...200).map { .run(.sample($0)) } + [
                .deleteRun("run_200"), target, .input(number: 7, body: [0x7b]),
            ])
        let opened = try first.open(moveAside: .sample(.corrupt))
        #expect(opened.wasCreated && opened.state.lastRun == 200 && opened.state.lastInput == 7)
        #expect(opened.state.documents.map(\.name) == ["plate"])
        #expect(first.events.contains { if case .movedAside(_, _, salvaged: 201) = $0 { true } else { false } })
        #expect(try folder.entries().isEmpty)
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        #expect(try database.integer("SELECT count(*) FROM run", activity: "testing") == 199)
    }

    @Test("replaces a file that is deleted while open, and asks for everything that belongs into it")
    func deleted() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        var resets = 0
        harness.store.onReset { resets += 1 }
        harness.store.put(.run(.sample(1)))
        _ = try await harness.store.run("run_1")
        for name in folder.names { try FileManager.default.removeItem(atPath: folder.path + "/" + name) }
        harness.store.put(.run(.sample(2)))
        await harness.advance { resets == 1 && harness.store.unwritten == 0 }
        #expect(try await harness.store.run("run_2") != nil)
        #expect(try await harness.store.run("run_1") == nil)
        #expect(await harness.close() == 0)
    }

    @Test("leaves another program's database alone")
    func foreign() async throws {
        let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
        try database.execute("CREATE TABLE theirs(a)", activity: "testing")
        let harness = try StoreHarness(folder)
        #expect(await !harness.start().wasRead)
        guard case .degraded(let failure, _) = harness.store.health else {
            Issue.record("a foreign file was taken")
            return
        }
        #expect(failure.reason == .foreign)
        // What was buffered is lost, and counted.
        harness.store.put(.run(.sample(1)))
        #expect(await harness.close() == 1)
    }

    @Test(
        "buffers changes while the disk is full, and writes them when there is space",
        .enabled(if: TinyFileSystem.isAvailable, "needs root"))
    func fullDisk() async throws {
        let disk = try TinyFileSystem(megabytes: 2)
        let harness = try StoreHarness(path: disk.database)
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
            await harness.wait { !harness.store.isWorking }
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

    @Test(
        "killed at twenty random moments: nothing durable is lost, and a run in progress is complete",
        .enabled(if: AddressSanitizer.allowsProcesses))
    func kills() throws {
        var random = SeededGenerator(seed: 21)
        for round in 1...20 {
            let writer = try ChildTool("store-crash-writer", [folder.database, "--range", "yes"])
            let runs = Int.random(in: 0...8, using: &random)
            while writer.lines.count <= runs, writer.nextLine() != nil {}
            usleep(UInt32.random(in: 0...4_000, using: &random))
            writer.kill()
            let safe = try #require(writer.last("through") ?? writer.last("start"), "round \(round)")
            let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
            #expect(try database.text("PRAGMA integrity_check", activity: "testing") == "ok", "round \(round)")
            let found = try StoreQueries.state(of: database)
            #expect(found.lastRun >= safe && found.lastRun <= safe + 1, "round \(round)")
            guard found.lastRun > 0 else { continue }
            // Inputs and runs are written together: a run in progress has all of its inputs.
            let last = try StoreQueries.body("run", "id", "run_\(found.lastRun)", in: database)
            let state = try database.text(
                "SELECT state FROM run WHERE number = \(found.lastRun)", activity: "testing")
            let shots = Int(String(decoding: last ?? [], as: UTF8.self).filter(\.isNumber))
            #expect(found.inputs.count == (state == "running" ? shots : 0), "round \(round)")
        }
    }

    @Test("survives a failing disk without losing anything", .enabled(if: AddressSanitizer.allowsProcesses))
    func failingDisk() throws {
        let writer = try ChildTool(
            "store-crash-writer", [folder.database, "--commits", "60", "--range", "yes", "--largest-file", "150000"])
        #expect(writer.waitForExit() == 0)
        #expect(writer.lines.contains("degraded io_error"))
        #expect(writer.last("closed") == 0 && writer.last("through") == 60)
    }
}
