import Clocks
import Logging
import Metrics
import Reactor

/// How the journal is at this moment, for people.
package struct JournalStatus: Equatable, Sendable {
    package var path: String
    package var health: StoreHealth
    package var gatewayID: String?
    /// Up to where the entries are on the disk for good.
    package var durableThrough: Int64
    package var waiting: Int
    package var waitingBytes: Int
    package var dropped: JournalDrops
    package var counts: JournalCounters
    /// nil until the file has been looked at for the first time.
    package var usage: JournalUsage?
    /// How long a full journal would reach back, at the pace so far.
    package var expectedSpan: Nanoseconds?
    package var cursors: [String: Int64]
}

extension Journal {
    package var status: JournalStatus {
        JournalStatus(
            path: options.path, health: core.health, gatewayID: core.identity.gatewayID,
            durableThrough: core.durableThrough, waiting: core.unwritten, waitingBytes: core.queue.bytes,
            dropped: core.queue.dropped, counts: core.counts, usage: core.usage,
            expectedSpan: core.usage?.expectedSpan(in: core.retention), cursors: core.cursors)
    }

    /// Shows the journal's figures at `/metrics`.
    package func register(in registry: MetricsRegistry) {
        count(in: registry, "committed") { $0.counts.committed }
        count(in: registry, "deleted") { $0.counts.deleted }
        count(in: registry, "refused") { $0.counts.rejected.values.reduce(0, +) }
        count(in: registry, "dropped_telemetry") { $0.queue.dropped.telemetry }
        count(in: registry, "dropped_urgent") { $0.queue.dropped.urgent }
        registry.counter("leadville_journal_commits_total", "Transactions, each with one flush of the disk.") {
            UInt64(self.core.counts.commits)
        }
        registry.counter("leadville_journal_failures_total", "How often the journal was lost, or not got back.") {
            UInt64(self.core.counts.failures.values.reduce(0, +))
        }
        registry.gauge("leadville_journal_healthy", "1 if entries reach the disk.") {
            self.core.health.isHealthy ? 1 : 0
        }
        registry.gauge("leadville_journal_waiting_entries", "Entries that wait for the disk.") {
            Double(self.core.unwritten)
        }
        registry.gauge("leadville_journal_file_bytes", "Size of the journal's file.") {
            Double(self.core.usage?.fileBytes ?? 0)
        }
    }

    private func count(in registry: MetricsRegistry, _ result: String, _ read: @escaping (JournalCore) -> Int) {
        let help = "Entries of the journal, by what became of them."
        registry.counter("leadville_journal_entries_total", help, ["result": result]) { UInt64(read(self.core)) }
    }
}

extension StoreEvent {
    package func writeToLog() {
        switch severity {
        case .info: Log.info(description)
        case .warning: Log.warning(description)
        case .error: Log.error(description)
        }
    }
}
