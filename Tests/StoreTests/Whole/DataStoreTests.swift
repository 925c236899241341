import Clocks
import Foundation
import Metrics
import Reactor
import Testing

@testable import Store

@Suite("Data store: events") @ReactorActor
struct DataStoreTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("reports when entries are durable, and reads them back")
    func roundTrip() async throws {
        let harness = try StoreHarness(folder)
        let start = await harness.start()
        #expect(start.wasRead && start.resumeSequence == 0 && start.health == .healthy)
        for sequence in 1...10 { harness.store.append(.sample(Int64(sequence))) }
        #expect(harness.store.status.waiting == 10)
        await harness.advance { harness.receipts.count == 1 }
        #expect(harness.receipts.first?.entries == 10 && harness.receipts.first?.through == 10)
        #expect(harness.store.status.durableThrough == 10 && harness.store.status.waiting == 0)
        let page = try await harness.store.entries(after: 3, limit: 4)
        #expect(page.entries == (4...7).map { .sample($0) } && page.readThrough == 7 && !page.isLast)
        let rest = try await harness.store.entries(after: page.readThrough, limit: 100)
        #expect(rest.entries.map(\.sequence) == [8, 9, 10] && rest.isLast)
        #expect(await harness.close() == 0)
    }

    @Test("commits telemetry in groups, and urgent entries at once")
    func urgency() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        await harness.advance { !harness.store.isWorking && harness.store.status.usage != nil }
        harness.store.append(.sample(1))
        harness.advance(by: .milliseconds(99))
        #expect(!harness.store.isWorking)
        harness.store.append(.sample(2, kind: "shot"), .urgent)
        harness.advance()
        #expect(harness.store.isWorking)
        await harness.wait { harness.receipts.count == 1 }
        #expect(harness.receipts[0].entries == 2)
        _ = await harness.close()
    }

    @Test("continues with the next number after a restart, and remembers followers")
    func restart() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        for sequence in 1...5 { first.store.append(.sample(Int64(sequence)), .urgent) }
        first.store.acknowledge("fleet", through: 4)
        #expect(await first.close() == 0)

        let second = try StoreHarness(folder)
        let start = await second.start()
        #expect(start.resumeSequence == 5)
        #expect(second.store.status.cursors == ["fleet": 4])
        #expect(second.store.status.gatewayID == first.store.status.gatewayID)
        #expect(second.store.append(.sample(5)) == .outOfOrder)
        #expect(second.store.append(.sample(6)) == nil)
        #expect(await second.close() == 0)
        let stored = try folder.entries().map(\.sequence)
        #expect(stored == [1, 2, 3, 4, 5, 6], "\(second.events)")
    }

    @Test("says when entries up to a number are on the disk, without waiting for later ones or for the group commit")
    func stored() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for sequence in 1...600 { harness.store.append(.sample(Int64(sequence))) }
        let error = await harness.store.waitUntilStored(through: 600)
        #expect(error == nil && harness.store.status.durableThrough == 600)
        let answer = try await harness.store.readEntries(after: 590, kinds: ["heart_rate"], StoreReadLimits()) {
            ($0.entries.map(\.sequence), $1)
        }
        #expect(answer.0 == Array(591...600) && answer.1 == 0)
        #expect(await harness.store.waitUntilStored(through: 700) == nil)
        _ = await harness.close()
    }

    @Test("filters kinds, and examines only so many entries in one read")
    func kinds() async throws {
        var limits = StoreReadLimits()
        limits.scanned = 40
        let harness = try StoreHarness(folder) { $0.reads = limits }
        _ = await harness.start()
        for sequence in 1...100 {
            harness.store.append(.sample(Int64(sequence), kind: sequence.isMultiple(of: 30) ? "run" : "heart_rate"))
        }
        await harness.advance { harness.store.status.durableThrough == 100 }
        var found: [Int64] = []
        var after: Int64 = 0
        var readings = 0
        while true {
            let page = try await harness.store.entries(after: after, limit: 100, kinds: ["run", "walk"])
            found += page.entries.map(\.sequence)
            after = page.readThrough
            readings += 1
            if page.isLast { break }
        }
        #expect(found == [30, 60, 90] && readings == 3 && after == 100)
        _ = await harness.close()
    }

    @Test("ends a page at its limit in bytes")
    func pageBytes() async throws {
        var limits = StoreReadLimits()
        limits.bytes = 2 * JournalEntry.sample(1).weight
        let harness = try StoreHarness(folder) { $0.reads = limits }
        _ = await harness.start()
        for sequence in 1...9 { harness.store.append(.sample(Int64(sequence)), .urgent) }
        await harness.advance { harness.store.status.durableThrough == 9 }
        let page = try await harness.store.entries(after: 0, limit: 100)
        #expect(page.entries.count == 2 && !page.isLast)
        _ = await harness.close()
    }

    private func readError(_ harness: StoreHarness) async -> StoreError? {
        do throws(StoreError) {
            _ = try await harness.store.entries(after: 0, limit: 1)
            return nil
        } catch {
            return error
        }
    }

    @Test("rejects too many reads at once, and reads after closing")
    func rejectedReads() async throws {
        var limits = StoreReadLimits()
        limits.pendingReads = 0
        let harness = try StoreHarness(folder) { $0.reads = limits }
        _ = await harness.start()
        let overload = await readError(harness)
        #expect(overload?.reason == .overloaded)
        _ = await harness.close()
        let closed = await readError(harness)
        #expect(closed?.reason == .closed)
    }

    @Test("assigns safe numbers and buffers entries while the file cannot be opened")
    func opensLate() async throws {
        try folder.makeFile(folder.path + "/state")
        let harness = try StoreHarness(path: folder.path + "/state/gateway.db")
        let before = SystemClock.wall().nanoseconds / 1_000_000
        let start = await harness.start()
        #expect(!start.wasRead && start.resumeSequence >= before && !start.health.isHealthy)
        let next = start.resumeSequence + 1
        #expect(harness.store.append(.sample(next, at: WallTime(nanoseconds: 0)), .urgent) == nil)
        await harness.advance { harness.events.count == 3 }
        try FileManager.default.removeItem(atPath: folder.path + "/state")
        await harness.advance { harness.store.status.health == .healthy }
        #expect(harness.store.status.durableThrough == next)
        guard case .recovered(_, StoreDrops()) = harness.events.last else {
            Issue.record("the end of the outage is not reported: \(harness.events)")
            return
        }
        _ = await harness.close()
    }

    @Test("creates a new file when the open one is deleted")
    func fileDeleted() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        harness.store.append(.sample(1), .urgent)
        harness.store.acknowledge("fleet", through: 1)
        await harness.advance { harness.store.status.durableThrough == 1 }
        let name = harness.store.status.gatewayID
        for file in folder.names { try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)") }
        harness.store.append(.sample(2), .urgent)
        await harness.advance { harness.store.status.durableThrough == 2 }
        let page = try await harness.store.entries(after: 0, limit: 10)
        #expect(page.entries.map(\.sequence) == [2], "\(harness.events)")
        #expect(harness.store.status.gatewayID == name)
        _ = await harness.close()
        let again = try WriterHarness(folder).open()
        #expect(again.gatewayID == name && again.lastSequence == 2 && again.cursors == ["fleet": 1])
    }

    @Test("moves a file aside that is damaged while open, and loses nothing that is buffered")
    func damagedWhileOpen() async throws {
        let harness = try StoreHarness(folder) { $0.batching.fullBatch = 1 }
        _ = await harness.start()
        for sequence in 1...200 { harness.store.append(.sample(Int64(sequence))) }
        await harness.advance { harness.store.status.durableThrough == 200 }
        // As a dying card would: the pages are gone, in the file and in its log.
        let size = try #require(FileManager.default.contents(atPath: folder.database)).count
        let log = folder.database + "-wal"
        let logSize = try #require(FileManager.default.contents(atPath: log)).count
        try folder.overwrite(log, with: Data(repeating: 0xaa, count: logSize))
        try folder.overwrite(folder.database, with: Data(repeating: 0xaa, count: size))
        var sequence: Int64 = 200
        while !harness.events.contains(where: { if case .movedAside = $0 { true } else { false } }), sequence < 2_000 {
            sequence += 1
            harness.store.append(.sample(sequence), .urgent)
            await harness.advance { !harness.store.isWorking }
            harness.advance(by: .seconds(1))
            await harness.wait { !harness.store.isWorking }
        }
        await harness.advance { harness.store.status.durableThrough == sequence }
        #expect(harness.store.status.health == .healthy)
        #expect(try await harness.store.entries(after: sequence - 1, limit: 10).entries.map(\.sequence) == [sequence])
        #expect(await harness.close() == 0)
        #expect(try folder.integrity() == "ok")
    }

    @Test("deletes old entries when the file has reached its limit")
    func makesRoom() async throws {
        let harness = try StoreHarness(folder) {
            $0.retention = RetentionPolicy(days: nil, megabytes: 4)
            // Never in time: only the limit that SQLite keeps itself is left.
            $0.maintenance.interval = .seconds(1_000_000)
        }
        _ = await harness.start()
        var sequence: Int64 = 0
        while sequence < 30_000 {
            for _ in 0..<500 {
                sequence += 1
                harness.store.append(.sample(sequence))
            }
            await harness.advance { harness.store.status.durableThrough == sequence }
        }
        #expect(
            harness.events.contains {
                if case .degraded(let failure, _) = $0 { failure.reason == .diskFull } else { false }
            })
        #expect(harness.store.status.health == .healthy && harness.store.status.dropped.total == 0)
        let page = try await harness.store.entries(after: sequence - 5_000, limit: 10_000)
        #expect(page.entries.map(\.sequence) == Array(sequence - 4_999...sequence))
        #expect(await harness.close() == 0)
    }

    @Test("writes everything that is buffered when it closes, and leaves no log behind")
    func closing() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for sequence in 1...5_000 { harness.store.append(.sample(Int64(sequence))) }
        #expect(await harness.close() == 0)
        #expect(harness.events.last == .closed(unwritten: 0))
        #expect(try folder.entries().count == 5_000)
        #expect(harness.store.append(.sample(5_001)) == .closed)
    }

    @Test("closes even if something cannot be written, and counts it")
    func closingInVain() async throws {
        try folder.makeFile(folder.path + "/state")
        let harness = try StoreHarness(path: folder.path + "/state/gateway.db")
        let start = await harness.start()
        harness.store.append(.sample(start.resumeSequence + 1, at: WallTime(nanoseconds: 0)), .urgent)
        #expect(await harness.close() == 1)
    }

    @Test("gives up closing after the timeout, whatever the disk is doing")
    func closingTimeIsUp() async throws {
        let harness = try StoreHarness(folder) { $0.lockTimeout = .seconds(60) }
        _ = await harness.start()
        await harness.advance { !harness.store.isWorking && harness.store.status.usage != nil }
        // The writer will hang on somebody else's lock.
        let other = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
        try other.execute("BEGIN IMMEDIATE", activity: "testing")
        harness.store.append(.sample(1), .urgent)
        harness.advance()
        #expect(await harness.close(within: .seconds(3)) == 1)
        #expect(harness.store.isWorking)
        try other.execute("COMMIT", activity: "testing")
        await harness.wait { !harness.store.isWorking }
    }

    @Test("the metrics count the entries by what became of them")
    func metrics() async throws {
        let registry = MetricsRegistry()
        let harness = try StoreHarness(folder) { $0.queue.entries = 5 }
        harness.store.register(in: registry)
        _ = await harness.start()
        for sequence in 1...8 { harness.store.append(.sample(Int64(sequence))) }
        harness.store.append(.sample(8))
        await harness.advance { harness.store.status.durableThrough == 8 }
        let text = String(decoding: registry.exposition(), as: UTF8.self)
        #expect(text.contains("leadville_journal_entries_total{result=\"committed\"} 5\n"))
        #expect(text.contains("leadville_journal_entries_total{result=\"dropped_telemetry\"} 3\n"))
        #expect(text.contains("leadville_journal_entries_total{result=\"refused\"} 1\n"))
        #expect(text.contains("leadville_journal_healthy 1\n"))
        _ = await harness.close()
    }

    @Test(
        "finds damaged pages in the background, and says so; a sound database is reported as such",
        arguments: [true, false])
    func check(isDamaged: Bool) async throws {
        let folder = try TemporaryFolder()
        let first = try StoreHarness(folder)
        _ = await first.start()
        for number in 1...2_000 { first.store.append(.sample(Int64(number))) }
        #expect(await first.close() == 0)
        if isDamaged { try folder.damage(at: 50 * 4_096, with: [UInt8](repeating: 0xA5, count: 4_096)) }

        let second = try StoreHarness(folder)
        _ = await second.start()
        second.advance(by: StoreChecks.delay)
        await second.wait { [store = second.store] in
            let counts = store.checks?.counts ?? [:]
            return counts[.sound] ?? counts[.damaged] ?? counts[.failed] != nil
        }
        #expect(second.store.checks?.counts == [isDamaged ? .damaged : .sound: 1])
        let reports = second.events.filter { if case .damageFound = $0 { true } else { false } }
        #expect(reports.count == (isDamaged ? 1 : 0) && reports.allSatisfy { $0.severity == .error })
        #expect(second.store.warnings.isEmpty != isDamaged)
        // The store goes on.
        #expect(second.store.append(.sample(3_000), .urgent) == nil)
        _ = await second.close()
    }
}
