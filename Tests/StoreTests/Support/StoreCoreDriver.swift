import Clocks
import Testing

@testable import Store

/// Simulates the disk for tests of the core.
protocol StoreCoreDriver {
    var core: StoreCore { get set }
}

extension StoreCoreDriver {
    static func opening(_ last: Int64 = 0, clean: Bool = true, cursors: [String: Int64] = [:]) -> StoreOutcome {
        .opened(
            OpenedStore(
                path: "/somewhere/gateway.db", gatewayID: "gw-1", lastSequence: last, lastStored: last,
                wasCreated: last == 0, wasClosedCleanly: clean, cursors: cursors), [])
    }

    /// Ends a commit as a working disk does.
    mutating func commitSucceeds(_ job: StoreJob?, now: MonotonicTime) {
        guard case .commit(let batch) = job else { return }
        core.handle(
            .committed(
                CommitReceipt(
                    entries: batch.entries.count, alreadyStored: 0, through: batch.entries.last?.entry.sequence,
                    duration: .milliseconds(1))), now: now)
    }

    /// Opens the store and completes its first step of maintenance.
    mutating func makeReady(last: Int64 = 0, cursors: [String: Int64] = [:]) {
        _ = core.nextJob(now: .seconds(0))
        core.handle(Self.opening(last, cursors: cursors), now: .seconds(0))
        _ = core.nextJob(now: .seconds(0))
        let usage = StoreUsage(pageSize: 4_096, pages: 10, freePages: 0)
        core.handle(.maintained(MaintenanceReport(usage: usage)), now: .seconds(0))
        _ = core.drainEvents()
    }

    /// Expects that maintenance is next, and completes it.
    mutating func expectMaintenance(hasMore: Bool, now: MonotonicTime) {
        let job = core.nextJob(now: now)
        #expect(job == .maintain(RetentionPolicy(), checkpoint: false))
        var report = MaintenanceReport(usage: StoreUsage(pageSize: 4_096, pages: 10, freePages: 0))
        report.hasMore = hasMore
        core.handle(.maintained(report), now: now)
    }

    static func sequences(_ job: StoreJob?) -> [Int64]? {
        guard case .commit(let batch) = job else { return nil }
        return batch.entries.map(\.entry.sequence)
    }
}

extension StoreBatch {
    init(
        _ entries: [JournalEntry] = [], writes: [StoreWrite] = [], cursors: [String: Int64] = [:], mark: Int64? = nil
    ) {
        self.init()
        self.entries = entries.map { PendingEntry($0, .telemetry) }
        self.writes = writes
        self.cursors = cursors
        self.mark = mark
    }
}
