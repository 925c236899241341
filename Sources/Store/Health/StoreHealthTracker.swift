import Clocks

/// Keeps account of how the journal is: since when it has been out of order, what was lost meanwhile, when to try
/// again, and what of all that is worth telling.
struct StoreHealthTracker: Sendable {
    private(set) var health = StoreHealth.starting
    private var backoff: Backoff
    private var dropsAtFailure = JournalDrops()
    private var dropsReported = JournalDrops()
    private var overflowReportedAt: MonotonicTime?

    private static let overflowReportInterval = Nanoseconds.seconds(10)

    init(_ backoff: Backoff) {
        self.backoff = backoff
    }

    /// How many attempts have failed in a row.
    var failures: Int { backoff.failures }

    /// Returns how long to wait before the next attempt, and what to tell.
    mutating func recordFailure(
        _ failure: StoreError, waiting: Int, dropped: JournalDrops, now: MonotonicTime
    ) -> (delay: Nanoseconds, notice: StoreEvent) {
        let delay = backoff.nextDelay()
        guard case .degraded(_, let since) = health else {
            dropsAtFailure = dropped
            health = .degraded(failure, since: now)
            return (delay, .degraded(failure, retryIn: delay))
        }
        health = .degraded(failure, since: since)
        let notice = StoreEvent.stillDegraded(
            failure, lasted: now - since, waiting: waiting, dropped: dropped - dropsAtFailure, retryIn: delay)
        return (delay, notice)
    }

    mutating func recordRecovery(dropped: JournalDrops, now: MonotonicTime) -> StoreEvent? {
        backoff.reset()
        defer { health = .healthy }
        guard case .degraded(_, let since) = health else { return nil }
        dropsReported = dropped
        return .recovered(lasted: now - since, dropped: dropped - dropsAtFailure)
    }

    /// What to tell of losses while all else is well: something now and then, not each of them.
    mutating func overflowEvent(dropped: JournalDrops, now: MonotonicTime) -> StoreEvent? {
        guard dropped != dropsReported else { return nil }
        if let overflowReportedAt, now - overflowReportedAt < Self.overflowReportInterval { return nil }
        overflowReportedAt = now
        defer { dropsReported = dropped }
        return .overflowing(dropped: dropped - dropsReported)
    }

    mutating func recordClose() {
        health = .closed
    }
}
