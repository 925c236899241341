import Clocks
import Foundation
import Metrics
import Reactor
import Testing

@testable import Store

@Suite("The journal on the reactor") @ReactorActor
struct JournalTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("entries go in, are told of when they are safe, and are read back")
    func roundTrip() async throws {
        let harness = try JournalHarness(folder)
        let start = await harness.start()
        #expect(start.wasRead && start.resumeSequence == 0 && start.health == .healthy)
        for sequence in 1...10 { harness.journal.append(.sample(Int64(sequence))) }
        #expect(harness.journal.status.waiting == 10)
        await harness.advance { harness.receipts.count == 1 }
        #expect(harness.receipts.first?.entries == 10 && harness.receipts.first?.through == 10)
        #expect(harness.journal.status.durableThrough == 10 && harness.journal.status.waiting == 0)
        let page = try await harness.journal.entries(after: 3, limit: 4)
        #expect(page.entries == (4...7).map { .sample($0) } && page.readThrough == 7 && !page.isLast)
        let rest = try await harness.journal.entries(after: page.readThrough, limit: 100)
        #expect(rest.entries.map(\.sequence) == [8, 9, 10] && rest.isLast)
        #expect(await harness.close() == 0)
    }

    @Test("telemetry waits for company, an urgent entry does not wait at all")
    func urgency() async throws {
        let harness = try JournalHarness(folder)
        _ = await harness.start()
        await harness.advance { !harness.journal.isWorking && harness.journal.status.usage != nil }
        harness.journal.append(.sample(1))
        harness.advance(by: .milliseconds(99))
        #expect(!harness.journal.isWorking)
        harness.journal.append(.sample(2, kind: "shot"), .urgent)
        harness.advance()
        #expect(harness.journal.isWorking)
        await harness.wait { harness.receipts.count == 1 }
        #expect(harness.receipts[0].entries == 2)
        _ = await harness.close()
    }

    @Test("numbers go on over a restart, and followers are where they were")
    func restart() async throws {
        let first = try JournalHarness(folder)
        _ = await first.start()
        for sequence in 1...5 { first.journal.append(.sample(Int64(sequence)), .urgent) }
        first.journal.acknowledge("fleet", through: 4)
        #expect(await first.close() == 0)

        let second = try JournalHarness(folder)
        let start = await second.start()
        #expect(start.resumeSequence == 5)
        #expect(second.journal.status.cursors == ["fleet": 4])
        #expect(second.journal.status.gatewayID == first.journal.status.gatewayID)
        #expect(second.journal.append(.sample(5)) == .outOfOrder)
        #expect(second.journal.append(.sample(6)) == nil)
        #expect(await second.close() == 0)
        let stored = try folder.entries().map(\.sequence)
        #expect(stored == [1, 2, 3, 4, 5, 6], "\(second.events)")
    }

    @Test("kinds are picked out, and a reading looks only at so many entries")
    func kinds() async throws {
        var limits = JournalReadLimits()
        limits.scanned = 40
        let harness = try JournalHarness(folder, readLimits: limits)
        _ = await harness.start()
        for sequence in 1...100 {
            harness.journal.append(.sample(Int64(sequence), kind: sequence.isMultiple(of: 30) ? "run" : "heart_rate"))
        }
        await harness.advance { harness.journal.status.durableThrough == 100 }
        var found: [Int64] = []
        var after: Int64 = 0
        var readings = 0
        while true {
            let page = try await harness.journal.entries(after: after, limit: 100, kinds: ["run", "walk"])
            found += page.entries.map(\.sequence)
            after = page.readThrough
            readings += 1
            if page.isLast { break }
        }
        #expect(found == [30, 60, 90] && readings == 3 && after == 100)
        _ = await harness.close()
    }

    @Test("a page ends at its limit in bytes")
    func pageBytes() async throws {
        var limits = JournalReadLimits()
        limits.bytes = 2 * JournalEntry.sample(1).weight
        let harness = try JournalHarness(folder, readLimits: limits)
        _ = await harness.start()
        for sequence in 1...9 { harness.journal.append(.sample(Int64(sequence)), .urgent) }
        await harness.advance { harness.journal.status.durableThrough == 9 }
        let page = try await harness.journal.entries(after: 0, limit: 100)
        #expect(page.entries.count == 2 && !page.isLast)
        _ = await harness.close()
    }

    @Test("too many readings at once are refused, and so is one after the end")
    func refusedReadings() async throws {
        var limits = JournalReadLimits()
        limits.pendingReads = 0
        let harness = try JournalHarness(folder, readLimits: limits)
        _ = await harness.start()
        await #expect(throws: JournalReadError.tooManyReads) {
            try await harness.journal.entries(after: 0, limit: 1)
        }
        _ = await harness.close()
        await #expect(throws: JournalReadError.closed) { try await harness.journal.entries(after: 0, limit: 1) }
    }

    @Test("a journal that cannot be opened: the numbers are safe, entries wait, and go in when it can be")
    func opensLate() async throws {
        try folder.makeFile(folder.path + "/state")
        let harness = try JournalHarness(path: folder.path + "/state/gateway.db")
        let before = SystemClock.wall().nanoseconds / 1_000_000
        let start = await harness.start()
        #expect(!start.wasRead && start.resumeSequence >= before && !start.health.isHealthy)
        let next = start.resumeSequence + 1
        #expect(harness.journal.append(.sample(next, at: WallTime(nanoseconds: 0)), .urgent) == nil)
        await harness.advance { harness.events.count == 3 }
        try FileManager.default.removeItem(atPath: folder.path + "/state")
        await harness.advance { harness.journal.status.health == .healthy }
        #expect(harness.journal.status.durableThrough == next)
        guard case .recovered(_, JournalDrops()) = harness.events.last else {
            Issue.record("the end of the outage is not told: \(harness.events)")
            return
        }
        _ = await harness.close()
    }

    @Test("a file deleted while it is open: what comes after is kept in a new one of the same name")
    func fileDeleted() async throws {
        let harness = try JournalHarness(folder)
        _ = await harness.start()
        harness.journal.append(.sample(1), .urgent)
        harness.journal.acknowledge("fleet", through: 1)
        await harness.advance { harness.journal.status.durableThrough == 1 }
        let name = harness.journal.status.gatewayID
        for file in folder.names { try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)") }
        harness.journal.append(.sample(2), .urgent)
        await harness.advance { harness.journal.status.durableThrough == 2 }
        let page = try await harness.journal.entries(after: 0, limit: 10)
        #expect(page.entries.map(\.sequence) == [2], "\(harness.events)")
        #expect(harness.journal.status.gatewayID == name)
        _ = await harness.close()
        let again = try WriterHarness(folder).open()
        #expect(again.gatewayID == name && again.lastSequence == 2 && again.cursors == ["fleet": 1])
    }

    @Test("a file that turns to rubbish while it is open is moved aside, and nothing that waited is lost")
    func damagedWhileOpen() async throws {
        let harness = try JournalHarness(folder) { $0.batching.fullBatch = 1 }
        _ = await harness.start()
        for sequence in 1...200 { harness.journal.append(.sample(Int64(sequence))) }
        await harness.advance { harness.journal.status.durableThrough == 200 }
        // As a dying card would: the pages are gone, in the file and in its log.
        let size = try #require(FileManager.default.contents(atPath: folder.journal)).count
        let log = folder.journal + "-wal"
        let logSize = try #require(FileManager.default.contents(atPath: log)).count
        try folder.overwrite(log, with: Data(repeating: 0xaa, count: logSize))
        try folder.overwrite(folder.journal, with: Data(repeating: 0xaa, count: size))
        var sequence: Int64 = 200
        while !harness.events.contains(where: { if case .movedAside = $0 { true } else { false } }), sequence < 2_000 {
            sequence += 1
            harness.journal.append(.sample(sequence), .urgent)
            await harness.advance { !harness.journal.isWorking }
            harness.advance(by: .seconds(1))
            await harness.wait { !harness.journal.isWorking }
        }
        await harness.advance { harness.journal.status.durableThrough == sequence }
        #expect(harness.journal.status.health == .healthy)
        #expect(try await harness.journal.entries(after: sequence - 1, limit: 10).entries.map(\.sequence) == [sequence])
        #expect(await harness.close() == 0)
        #expect(try folder.integrity() == "ok")
    }

    @Test("a journal that has grown to its limit makes room by itself, and goes on")
    func makesRoom() async throws {
        let harness = try JournalHarness(folder) {
            $0.retention = RetentionPolicy(days: nil, megabytes: 4)
            // Never in time: only the limit that SQLite keeps itself is left.
            $0.maintenance.interval = .seconds(1_000_000)
        }
        _ = await harness.start()
        var sequence: Int64 = 0
        while sequence < 30_000 {
            for _ in 0..<500 {
                sequence += 1
                harness.journal.append(.sample(sequence))
            }
            await harness.advance { harness.journal.status.durableThrough == sequence }
        }
        #expect(
            harness.events.contains {
                if case .degraded(let failure, _) = $0 { failure.reason == .diskFull } else { false }
            })
        #expect(harness.journal.status.health == .healthy && harness.journal.status.dropped.total == 0)
        let page = try await harness.journal.entries(after: sequence - 5_000, limit: 10_000)
        #expect(page.entries.map(\.sequence) == Array(sequence - 4_999...sequence))
        #expect(await harness.close() == 0)
    }

    @Test("closing writes all that waits, however much, and leaves no log behind")
    func closing() async throws {
        let harness = try JournalHarness(folder)
        _ = await harness.start()
        for sequence in 1...5_000 { harness.journal.append(.sample(Int64(sequence))) }
        #expect(await harness.close() == 0)
        #expect(harness.events.last == .closed(unwritten: 0))
        #expect(try folder.entries().count == 5_000)
        #expect(harness.journal.append(.sample(5_001)) == .closed)
    }

    @Test("closing does not wait for ever: what could not be written is counted")
    func closingInVain() async throws {
        try folder.makeFile(folder.path + "/state")
        let harness = try JournalHarness(path: folder.path + "/state/gateway.db")
        let start = await harness.start()
        harness.journal.append(.sample(start.resumeSequence + 1, at: WallTime(nanoseconds: 0)), .urgent)
        #expect(await harness.close() == 1)
    }

    @Test("when the time is up, closing gives up, whatever the disk is doing")
    func closingTimeIsUp() async throws {
        let harness = try JournalHarness(folder) { $0.lockTimeout = .seconds(60) }
        _ = await harness.start()
        await harness.advance { !harness.journal.isWorking && harness.journal.status.usage != nil }
        // The writer will hang on somebody else's lock.
        let other = try SQLiteDatabase(path: folder.journal, access: .readWrite, activity: "testing")
        try other.execute("BEGIN IMMEDIATE", activity: "testing")
        harness.journal.append(.sample(1), .urgent)
        harness.advance()
        #expect(await harness.close(within: .seconds(3)) == 1)
        #expect(harness.journal.isWorking)
        try other.execute("COMMIT", activity: "testing")
        await harness.wait { !harness.journal.isWorking }
    }

    @Test("the metrics show what became of the entries")
    func metrics() async throws {
        let registry = MetricsRegistry()
        let harness = try JournalHarness(folder) { $0.queue.entries = 5 }
        harness.journal.register(in: registry)
        _ = await harness.start()
        for sequence in 1...8 { harness.journal.append(.sample(Int64(sequence))) }
        harness.journal.append(.sample(8))
        await harness.advance { harness.journal.status.durableThrough == 8 }
        let text = registry.exposition()
        #expect(text.contains("leadville_journal_entries_total{result=\"committed\"} 5\n"))
        #expect(text.contains("leadville_journal_entries_total{result=\"dropped_telemetry\"} 3\n"))
        #expect(text.contains("leadville_journal_entries_total{result=\"refused\"} 1\n"))
        #expect(text.contains("leadville_journal_healthy 1\n"))
        _ = await harness.close()
    }
}
