import Clocks
import Testing

@testable import Store

/// Plays the disk for a journal that has none.
protocol JournalCoreDriver {
    var core: JournalCore { get set }
}

extension JournalCoreDriver {
    static func opening(_ last: Int64 = 0, clean: Bool = true, cursors: [String: Int64] = [:]) -> JournalOutcome {
        .opened(
            OpenedJournal(
                path: "/somewhere/gateway.db", gatewayID: "gw-1", lastSequence: last, lastStored: last,
                wasCreated: last == 0,
                wasClosedCleanly: clean, cursors: cursors), [])
    }

    /// Ends the commit that is under way as a disk would that works.
    mutating func commitSucceeds(_ job: JournalJob?, now: MonotonicTime) {
        guard case .commit(let batch) = job else { return }
        core.handle(
            .committed(
                CommitReceipt(
                    entries: batch.entries.count, alreadyStored: 0, through: batch.entries.last?.entry.sequence,
                    duration: .milliseconds(1))), now: now)
    }

    /// Open, tidied up once, and with nothing to report.
    mutating func makeReady(last: Int64 = 0, cursors: [String: Int64] = [:]) {
        _ = core.nextJob(now: .seconds(0))
        core.handle(Self.opening(last, cursors: cursors), now: .seconds(0))
        _ = core.nextJob(now: .seconds(0))
        let usage = JournalUsage(pageSize: 4_096, pages: 10, freePages: 0)
        core.handle(.maintained(MaintenanceReport(usage: usage)), now: .seconds(0))
        _ = core.drainEvents()
    }

    /// Expects that old entries are looked for next, and lets that succeed.
    mutating func expectMaintenance(hasMore: Bool, now: MonotonicTime) {
        let job = core.nextJob(now: now)
        #expect(job == .maintain(RetentionPolicy(), checkpoint: false))
        var report = MaintenanceReport(usage: JournalUsage(pageSize: 4_096, pages: 10, freePages: 0))
        report.hasMore = hasMore
        core.handle(.maintained(report), now: now)
    }

    static func sequences(_ job: JournalJob?) -> [Int64]? {
        guard case .commit(let batch) = job else { return nil }
        return batch.entries.map(\.entry.sequence)
    }
}
