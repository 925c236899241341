import Metrics
import Reactor

/// What can be looked up.
extension RunStore {
    package func runs(_ query: RunQuery) async throws(StoreError) -> RunPage {
        try await read { try RunQueries.runs(query, in: $0) }
    }

    /// A run as it was stored; nil when there is none.
    package func run(_ id: String) async throws(StoreError) -> [UInt8]? {
        try await read { try RunQueries.body("run", "id", id, in: $0) }
    }

    package func explanation(of event: UInt64) async throws(StoreError) -> [UInt8]? {
        try await read { try RunQueries.explanation(event, in: $0) }
    }

    package func recordings() async throws(StoreError) -> [RecordingEntry] {
        try await read { try RunQueries.recordings(in: $0) }
    }

    package func recording(_ name: String) async throws(StoreError) -> [UInt8]? {
        try await read { try RunQueries.body("recording", "name", name, in: $0) }
    }
}

extension RunStore {
    /// Shows the store's figures at `/metrics`.
    package func register(in registry: MetricsRegistry) {
        registry.counter("leadville_range_store_commits_total", "Transactions, each with one flush of the disk.") {
            UInt64(self.core.commits)
        }
        registry.counter("leadville_range_store_failures_total", "How often the range's file failed.") {
            UInt64(self.core.failures)
        }
        registry.counter("leadville_range_store_dropped_total", "Changes that were lost for want of room.") {
            UInt64(self.core.queue.dropped)
        }
        registry.counter("leadville_range_store_refused_total", "Changes that were too large to be kept.") {
            UInt64(self.core.rejected)
        }
        registry.gauge("leadville_range_store_waiting", "Changes that wait for the disk.") {
            Double(self.core.unwritten)
        }
        registry.gauge("leadville_range_store_healthy", "1 if changes reach the disk.") {
            self.core.health.isHealthy ? 1 : 0
        }
    }
}
