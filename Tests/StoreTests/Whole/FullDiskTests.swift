import Clocks
import Reactor
import Testing

@testable import Store

@Suite("Data store: full and read-only disks", .enabled(if: TinyFileSystem.isAvailable, "needs root")) @ReactorActor
struct FullDiskTests {
    let disk: TinyFileSystem

    init() throws {
        disk = try TinyFileSystem(megabytes: 2)
    }

    @Test("buffers entries while the disk is full, urgent ones longest, and recovers when there is space")
    func full() async throws {
        let harness = try StoreHarness(path: disk.database) {
            $0.queue.entries = 50
            $0.queue.hardEntries = 100
        }
        _ = await harness.start()
        harness.store.append(.sample(1), .urgent)
        await harness.advance { harness.store.status.durableThrough == 1 }
        disk.fill()
        var sequence: Int64 = 1
        while harness.store.status.health.isHealthy, sequence < 100_000 {
            sequence += 1
            harness.store.append(.sample(sequence, bodyLength: 2_000), .urgent)
            harness.advance()
            await harness.wait { !harness.store.isWorking }
        }
        guard case .degraded(let failure, _) = harness.store.status.health else {
            Issue.record("a full disk went unnoticed")
            return
        }
        #expect(failure.reason == .diskFull, "\(failure)")
        let safe = harness.store.status.durableThrough
        for _ in 0..<60 {
            sequence += 1
            harness.store.append(.sample(sequence))
        }
        // It does not come back by itself, however often it is tried.
        for _ in 0..<10 {
            harness.advance(by: .seconds(31))
            await harness.wait { !harness.store.isWorking }
        }
        #expect(!harness.store.status.health.isHealthy)
        let waiting = harness.store.status
        #expect(waiting.waiting == 50 && waiting.dropped.telemetry > 0 && waiting.dropped.urgent == 0)

        disk.freeSpace()
        await harness.advance { harness.store.status.health == .healthy && harness.store.status.waiting == 0 }
        #expect(harness.store.status.durableThrough == sequence && safe < sequence)
        let page = try await harness.store.entries(after: 0, limit: 10_000)
        #expect(page.entries.last?.sequence == sequence)
        #expect(Int64(page.entries.count + waiting.dropped.telemetry) == sequence)
        #expect(await harness.close() == 0)
    }

    @Test("reports a read-only disk by name, and recovers when it is writable")
    func readOnly() async throws {
        let harness = try StoreHarness(path: disk.database)
        _ = await harness.start()
        harness.store.append(.sample(1), .urgent)
        #expect(await harness.close() == 0)
        disk.setReadOnly(true)
        let again = try StoreHarness(path: disk.database)
        let start = await again.start()
        guard case .degraded(let failure, _) = start.health else {
            Issue.record("a read-only disk went unnoticed")
            return
        }
        #expect(failure.reason == .readOnly, "\(failure)")
        let next = start.resumeSequence + 1
        again.store.append(.sample(next, at: WallTime(nanoseconds: 0)), .urgent)
        disk.setReadOnly(false)
        await again.advance { again.store.status.durableThrough == next }
        #expect(await again.close() == 0)
    }
}
