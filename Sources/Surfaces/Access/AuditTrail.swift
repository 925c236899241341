import Clocks
import Events
import Hub
import Logging
import Metrics
import Reactor
import Store
import Web

/// Who changed what over the network: in the journal, in the log, and at `/api/audit`.
@ReactorActor
package final class AuditTrail {
    /// An entry as it is listed.
    struct Entry: Sendable {
        let id: UInt64
        let time: WallTime
        let event: AuditEvent
    }

    private let hub: Hub
    /// Nil without one: then the newest entries are in memory only.
    private let store: DataStore?
    /// The newest first. The store lists an entry only when it has been committed.
    private var recent: [Entry] = []
    private var bucket = TokenBucket()
    private let log = ThrottledLog()
    private let dropped: Counter

    private static let perSecond = 100
    /// A flood of changes must not fill the journal and the log.
    private static let rate = TokenBucket.Rate(perSecond: perSecond, burst: 1_000)
    static let keptEntries = 500

    package init(_ access: AccessControl, hub: Hub, store: DataStore?, metrics: MetricsRegistry) {
        self.hub = hub
        self.store = store
        dropped = metrics.counter(
            "leadville_audit_dropped_total", "Changes not recorded in the audit trail because there were too many.")
        access.onChange = { [weak self] in self?.record($0) }
    }

    private func record(_ change: ChangeRecord) {
        guard bucket.spend(at: SystemClock.monotonic(), Self.rate) == nil else {
            dropped.add()
            return log.warning("flood", "Audit trail: more than \(Self.perSecond) changes a second: not recorded")
        }
        let event = AuditEvent(
            token: change.token, address: change.address, action: change.action, status: change.status)
        let now = Moment.now()
        let stamp = hub.publish(.audit(event), at: now)
        let who = event.token.map { "\($0) at \(event.address)" } ?? event.address
        Log.info("\(event.action) by \(who): \(event.status.map { "status \($0)" } ?? "the client disconnected")")
        recent.insert(Entry(id: stamp.id, time: now.wall, event: event), at: 0)
        if recent.count > Self.keptEntries { recent.removeLast() }
    }

    /// The newest entries with ids below `id`, newest first: as stored, or as they are in memory.
    func entries(before id: UInt64, limit: Int) async throws(StoreError) -> [JournalEntry] {
        var entries = Array(recent.lazy.filter { $0.id < id }.prefix(limit).compactMap(Self.stored))
        guard let store, entries.count < limit else { return entries }
        let oldest = min(id, recent.last?.id ?? .max)
        entries += try await store.auditEntries(before: Int64(clamping: oldest), limit: limit - entries.count)
        return entries
    }

    private nonisolated static func stored(_ entry: Entry) -> JournalEntry? {
        let stamp = EventStamp(id: entry.id, received: MonotonicTime(nanoseconds: 0), wall: entry.time)
        guard let body = EventCodec.encode(Event(stamp: stamp, body: .audit(entry.event))) else { return nil }
        return JournalEntry(
            sequence: Int64(clamping: entry.id), time: entry.time, kind: EventKind.audit.name, source: "audit",
            body: body)
    }
}

/// The audit trail over HTTP: `/api/audit`.
@ReactorActor
package struct AuditAPI: Surface {
    private let trail: AuditTrail

    package init(_ trail: AuditTrail) {
        self.trail = trail
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/audit", AccessDocumentation.audit, access: .audits) { [trail] request in
            let limit = request.head.query["limit"].map { Int($0) ?? 0 } ?? 100
            let before = request.head.query["before"].map { UInt64($0) ?? 0 } ?? UInt64(Int64.max)
            guard (1...AuditTrail.keptEntries).contains(limit), before > 0 else {
                return .response(
                    APIError.invalid("limit is a number up to \(AuditTrail.keptEntries), before the id of an entry")
                        .response)
            }
            return .asyncResponse { await Self.response(trail, before, limit) }
        }
    }

    private static func response(_ trail: AuditTrail, _ before: UInt64, _ limit: Int) async -> HTTPResponse {
        do {
            let entries = try await trail.entries(before: before, limit: limit)
            return .object { writer in
                writer.array("entries", entries) { $1.raw($0.body[...]) }
                let isFull = entries.count == limit
                writer.member("next", orNull: isFull ? entries.last.map { $0.sequence } : nil)
            }
        } catch {
            return APIError(reason: .unavailable, message: "the audit trail cannot be read: \(error)").response
        }
    }
}
