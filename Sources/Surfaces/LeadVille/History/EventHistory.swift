import Clocks
import Reactor
import Store

/// The stored events, in pages. A few pages are read at a time, so that the reads of others wait for a short time only.
@ReactorActor
package final class EventHistory {
    struct Page: Sendable {
        var messages: EventMessages
        /// The number up to which nothing more is to be read.
        var readThrough: UInt64
        /// The number up to which events have been deleted.
        let deletedThrough: UInt64
    }

    /// Nil if events are not stored.
    private let store: DataStore?
    private var activeReads = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private nonisolated static let maximumReads = 4
    private nonisolated static let limits: StoreReadLimits = {
        var limits = StoreReadLimits()
        limits.bytes = 48 << 10
        limits.entries = 1_000
        limits.scanned = 5_000
        return limits
    }()

    package init(_ store: DataStore?) {
        self.store = store
    }

    var isKept: Bool { store != nil }

    /// Returns when all events up to `id` can be read, or why they cannot.
    func waitUntilStored(through id: UInt64) async -> StoreError? {
        await store?.waitUntilStored(through: Int64(clamping: id))
    }

    /// The events after one number and up to another one.
    func page(
        after cursor: UInt64, through end: UInt64, _ filter: EventFilter, _ format: EventFormat
    ) async throws(StoreError) -> Page? {
        guard let store else { return nil }
        await acquire()
        defer { release() }
        let kinds = Set(filter.kinds.map(\.name))
        return try await store.readEntries(after: Int64(clamping: cursor), kinds: kinds, Self.limits) { page, deleted in
            var messages = EventMessages(format)
            for entry in page.entries where entry.sequence <= Int64(clamping: end) {
                StoredEvents.append(entry, filter, format.vocabulary, to: &messages)
            }
            return Page(
                messages: messages, readThrough: page.isLast ? end : min(end, UInt64(clamping: page.readThrough)),
                deletedThrough: UInt64(clamping: deleted))
        }
    }

    private func acquire() async {
        guard activeReads >= Self.maximumReads else {
            activeReads += 1
            return
        }
        // The read that ends passes its place on.
        await withCheckedContinuation { waiting.append($0) }
    }

    private func release() {
        if waiting.isEmpty { activeReads -= 1 } else { waiting.removeFirst().resume() }
    }
}
