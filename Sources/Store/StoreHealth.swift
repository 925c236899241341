import Clocks

/// Whether the store works. Live data is served in each of these states.
package enum StoreHealth: Equatable, Sendable {
    /// Not opened yet.
    case starting
    case healthy
    /// Nothing reaches the disk: changes are buffered in memory, and opening is retried.
    case degraded(StoreError, since: MonotonicTime)
    case closed

    package var isHealthy: Bool { self == .healthy }
}

/// Tracks the health of the store: since when it is degraded, what was dropped meanwhile, when to retry, and which
/// events to report.
struct StoreHealthTracker: Sendable {
    private(set) var health = StoreHealth.starting
    private var backoff: Backoff
    private var dropsAtFailure = StoreDrops()
    private var dropsReported = StoreDrops()
    private var overflowReportedAt: MonotonicTime?

    private static let overflowReportInterval = Nanoseconds.seconds(10)

    init(_ backoff: Backoff) {
        self.backoff = backoff
    }

    /// How many attempts in a row have failed.
    var failures: Int { backoff.failures }

    /// Returns the delay before the next attempt, and the event to report.
    mutating func recordFailure(
        _ error: StoreError, waiting: Int, dropped: StoreDrops, now: MonotonicTime
    ) -> (delay: Nanoseconds, event: StoreEvent) {
        let delay = backoff.nextDelay()
        guard case .degraded(_, let since) = health else {
            dropsAtFailure = dropped
            health = .degraded(error, since: now)
            return (delay, .degraded(error, retryIn: delay))
        }
        health = .degraded(error, since: since)
        let event = StoreEvent.stillDegraded(
            error, lasted: now - since, waiting: waiting, dropped: dropped - dropsAtFailure, retryIn: delay)
        return (delay, event)
    }

    mutating func recordRecovery(dropped: StoreDrops, now: MonotonicTime) -> StoreEvent? {
        backoff.reset()
        defer { health = .healthy }
        guard case .degraded(_, let since) = health else { return nil }
        dropsReported = dropped
        return .recovered(lasted: now - since, dropped: dropped - dropsAtFailure)
    }

    /// Reports drops of a healthy store, at most once in ten seconds.
    mutating func overflowEvent(dropped: StoreDrops, now: MonotonicTime) -> StoreEvent? {
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
