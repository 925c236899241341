import Clocks
import Reactor
import Testing

@testable import Store

@Suite("A disk that is full, or read-only", .enabled(if: TinyFileSystem.isAvailable, "needs root")) @ReactorActor
struct FullDiskTests {
    let disk: TinyFileSystem

    init() throws {
        disk = try TinyFileSystem(megabytes: 2)
    }

    @Test("full: entries wait in memory, urgent ones longest, and all is well when there is room again")
    func full() async throws {
        let harness = try JournalHarness(path: disk.journal) {
            $0.queue.entries = 50
            $0.queue.hardEntries = 100
        }
        _ = await harness.start()
        harness.journal.append(.sample(1), .urgent)
        await harness.advance { harness.journal.status.durableThrough == 1 }
        disk.fill()
        var sequence: Int64 = 1
        while harness.journal.status.health.isHealthy, sequence < 100_000 {
            sequence += 1
            harness.journal.append(.sample(sequence, bodyLength: 2_000), .urgent)
            harness.advance()
            await harness.wait { !harness.journal.isWorking }
        }
        guard case .degraded(let failure, _) = harness.journal.status.health else {
            Issue.record("a full disk went unnoticed")
            return
        }
        #expect(failure.reason == .diskFull, "\(failure)")
        let safe = harness.journal.status.durableThrough
        for _ in 0..<60 {
            sequence += 1
            harness.journal.append(.sample(sequence))
        }
        // It does not come back by itself, however often it is tried.
        for _ in 0..<10 {
            harness.advance(by: .seconds(31))
            await harness.wait { !harness.journal.isWorking }
        }
        #expect(!harness.journal.status.health.isHealthy)
        let waiting = harness.journal.status
        #expect(waiting.waiting == 50 && waiting.dropped.telemetry > 0 && waiting.dropped.urgent == 0)

        disk.freeSpace()
        await harness.advance { harness.journal.status.health == .healthy && harness.journal.status.waiting == 0 }
        #expect(harness.journal.status.durableThrough == sequence && safe < sequence)
        let page = try await harness.journal.entries(after: 0, limit: 10_000)
        #expect(page.entries.last?.sequence == sequence)
        #expect(Int64(page.entries.count + waiting.dropped.telemetry) == sequence)
        #expect(await harness.close() == 0)
    }

    @Test("read-only: said by its name, and left when the disk can be written to again")
    func readOnly() async throws {
        let harness = try JournalHarness(path: disk.journal)
        _ = await harness.start()
        harness.journal.append(.sample(1), .urgent)
        #expect(await harness.close() == 0)
        disk.setReadOnly(true)
        let again = try JournalHarness(path: disk.journal)
        let start = await again.start()
        guard case .degraded(let failure, _) = start.health else {
            Issue.record("a read-only disk went unnoticed")
            return
        }
        #expect(failure.reason == .readOnly, "\(failure)")
        let next = start.resumeSequence + 1
        again.journal.append(.sample(next, at: WallTime(nanoseconds: 0)), .urgent)
        disk.setReadOnly(false)
        await again.advance { again.journal.status.durableThrough == next }
        #expect(await again.close() == 0)
    }
}
