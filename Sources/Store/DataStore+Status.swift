import Clocks
import Metrics

/// The state of the store at one moment, for people.
package struct StoreStatus: Equatable, Sendable {
    package var path: String?
    package var health: StoreHealth
    package var gatewayID: String?
    /// The highest sequence number that is safe on the disk.
    package var durableThrough: Int64
    /// Entries in the buffer.
    package var waiting: Int
    package var waitingBytes: Int
    package var dropped: StoreDrops
    package var counters: StoreCounters
    /// nil until the first step of maintenance.
    package var usage: StoreUsage?
    /// How far back a full journal would reach, at the rate so far.
    package var expectedSpan: Nanoseconds?
    package var cursors: [String: Int64]
}

extension DataStore {
    package var status: StoreStatus {
        StoreStatus(
            path: options.path, health: core.health, gatewayID: core.identity.gatewayID,
            durableThrough: core.durableThrough, waiting: core.unwrittenEntries, waitingBytes: core.queue.bytes,
            dropped: core.dropped, counters: core.counters, usage: core.usage,
            expectedSpan: core.usage?.expectedSpan(in: core.retention), cursors: core.cursors)
    }

    package var health: StoreHealth { core.health }

    /// How many changes have not reached the disk.
    package var unwritten: Int { core.unwritten }

    package func register(in registry: MetricsRegistry) {
        count(in: registry, "committed") { $0.counters.committed }
        count(in: registry, "deleted") { $0.counters.deleted }
        count(in: registry, "refused") { $0.counters.rejectedEntries.values.reduce(0, +) }
        count(in: registry, "over_quota") { $0.counters.overQuota }
        count(in: registry, "dropped_telemetry") { $0.queue.dropped.telemetry }
        count(in: registry, "dropped_urgent") { $0.queue.dropped.urgent }
        registry.counter("leadville_journal_commits_total", "Transactions, each with one flush of the disk.") {
            UInt64(self.core.counters.commits)
        }
        registry.counter("leadville_journal_failures_total", "Failures to open or write the store.") {
            UInt64(self.core.counters.failures.values.reduce(0, +))
        }
        registry.gauge("leadville_journal_healthy", "1 if events reach the disk.") {
            self.core.health.isHealthy ? 1 : 0
        }
        registry.gauge("leadville_journal_waiting_entries", "Events that wait for the disk.") {
            Double(self.core.unwrittenEntries)
        }
        registry.gauge("leadville_journal_file_bytes", "Size of the database file.") {
            Double(self.core.usage?.fileBytes ?? 0)
        }
        for group in JournalGroup.allCases {
            registry.gauge(
                "leadville_journal_group_bytes", "Size of the events, by the group whose share they use.",
                ["group": group.name]
            ) { Double(self.core.usage?.groupBytes[group] ?? 0) }
        }
        registry.gauge(
            "leadville_journal_expires_by_age",
            "1 if events expire by age; 0 while the clock is not synchronised or has jumped within the last hour."
        ) { self.core.expiresByAge == true ? 1 : 0 }
        for result in StoreChecks.Result.allCases {
            registry.counter(
                "leadville_store_checks_total", "Checks of the whole database for damage.", ["result": result.rawValue]
            ) { self.checks?.counts[result] ?? 0 }
        }
        registerWrites(in: registry)
    }

    /// What an operator should know about: damage that the last check has found, or a disk that does not work.
    package var warnings: [String] {
        let damage = checks?.damage.map { "the database is damaged: \($0)" }
        let error: String? = if case .degraded(let error, _) = core.health { error.description } else { nil }
        return [damage, error].compactMap(\.self)
    }

    /// Runs had a store of their own once: its metrics keep their names.
    private func registerWrites(in registry: MetricsRegistry) {
        registry.counter("leadville_range_store_commits_total", "Transactions with other changes than events.") {
            UInt64(self.core.counters.writeCommits)
        }
        registry.counter("leadville_range_store_failures_total", "Failures to open or write the store.") {
            UInt64(self.core.counters.failures.values.reduce(0, +))
        }
        registry.counter("leadville_range_store_dropped_total", "Changes dropped because the buffer was full.") {
            UInt64(self.core.writes.dropped)
        }
        registry.counter("leadville_range_store_refused_total", "Changes rejected because they are too large.") {
            UInt64(self.core.counters.rejectedWrites)
        }
        registry.gauge("leadville_range_store_waiting", "Changes that wait for the disk.") {
            Double(self.core.unwrittenWrites)
        }
        registry.gauge("leadville_range_store_healthy", "1 if changes reach the disk.") {
            self.core.health.isHealthy ? 1 : 0
        }
    }

    private func count(in registry: MetricsRegistry, _ result: String, _ read: @escaping (StoreCore) -> Int) {
        let help = "Events, by what became of them."
        registry.counter("leadville_journal_entries_total", help, ["result": result]) { UInt64(read(self.core)) }
    }
}
