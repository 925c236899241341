import Clocks
import Logging

/// A change in the state of the store, for the log and the status page.
package enum StoreEvent: Equatable, Sendable, CustomStringConvertible {
    case opened(OpenedStore)
    case degraded(StoreError, retryIn: Nanoseconds)
    /// Another attempt to reopen the store has failed.
    case stillDegraded(StoreError, lasted: Nanoseconds, waiting: Int, dropped: StoreDrops, retryIn: Nanoseconds)
    /// `dropped` changes did not fit into memory during the outage.
    case recovered(lasted: Nanoseconds, dropped: StoreDrops)
    /// A damaged database was moved aside. `salvaged` rows of it were copied into the new one.
    case movedAside(to: String, StoreError, salvaged: Int)
    /// The oldest damaged database was deleted, because there were more than are retained.
    case deletedDamaged(String)
    /// The file of an earlier version was taken over and renamed.
    case imported(from: String, rows: Int)
    /// The file of an earlier version is damaged: what could be read was taken over, and the file was renamed. Or it is
    /// not one of ours, and was left alone.
    case importFailed(from: String, movedTo: String?, reason: String)
    /// The store is healthy, but the disk is too slow, and the buffer was full.
    case overflowing(dropped: StoreDrops)
    /// Entries with these sequence numbers exist already, so the new ones were not written.
    case duplicateSequences(Int)
    /// Old entries were deleted to free space before all followers had acknowledged them.
    case unacknowledgedDeleted(Int)
    /// A check has found damage in the open database.
    case damageFound(String, in: String)
    case closed(unwritten: Int)

    package enum Severity: Sendable {
        case info
        case warning
        case error
    }

    package var severity: Severity {
        switch self {
        case .opened, .recovered(_, StoreDrops()), .imported, .closed(unwritten: 0): .info
        case .recovered, .stillDegraded, .deletedDamaged, .unacknowledgedDeleted, .closed, .overflowing: .warning
        case .degraded, .movedAside, .importFailed, .duplicateSequences, .damageFound: .error
        }
    }

    package var description: String {
        switch self {
        case .opened(let store):
            "store \(store.path): \(store.wasCreated ? "created" : "opened") as \(store.gatewayID), "
                + "last event \(store.lastSequence)\(store.wasClosedCleanly ? "" : ", was not closed cleanly")"
        case .degraded(let error, let delay):
            "store: \(error). Live data is not affected; buffering writes in memory, next attempt in \(delay.text)"
        case .stillDegraded(let error, let lasted, let waiting, let dropped, let delay):
            "store unavailable for \(lasted.text): \(error). \(waiting) changes buffered\(dropped.clause); "
                + "next attempt in \(delay.text)"
        case .recovered(let lasted, let dropped):
            "store: writing again after \(lasted.text)\(dropped.clause)"
        case .movedAside(let path, let error, let salvaged):
            "store: moved the damaged database to \(path) (\(error.detail)) and created a new one"
                + (salvaged > 0 ? " with \(salvaged) rows read from it" : "")
        case .deletedDamaged(let path):
            "store: deleted \(path), the oldest of the damaged databases"
        case .imported(let path, let rows):
            "store: imported \(rows) rows from \(path), which is now \(path)\(LegacyFiles.migratedSuffix)"
        case .importFailed(let path, let target, let reason):
            "store: \(path) cannot be imported: \(reason)" + (target.map { ". It is kept as \($0)" } ?? "")
        case .overflowing(let dropped):
            "store: the disk is too slow\(dropped.clause)"
        case .duplicateSequences(let count):
            "store: \(count) events not written, because their sequence numbers exist already"
        case .unacknowledgedDeleted(let count):
            "store: deleted \(count) events to free space before all followers had received them"
        case .damageFound(let finding, let path):
            "store: \(path) is damaged (\(finding)); new events are still stored. Stop the gateway and rescue the data with "
                + "`sqlite3 FILE .recover`, or move the file away to start with an empty one; then check the disk"
        case .closed(let unwritten):
            unwritten == 0 ? "store: closed" : "store: closed with \(unwritten) changes unwritten"
        }
    }

    package func writeToLog() {
        switch severity {
        case .info: Log.info(description)
        case .warning: Log.warning(description)
        case .error: Log.error(description)
        }
    }
}

/// How many buffered changes were dropped because the buffer was full.
package struct StoreDrops: Equatable, Sendable {
    package var telemetry = 0
    package var urgent = 0
    /// Changes to the collections other than events.
    package var writes = 0

    package init(telemetry: Int = 0, urgent: Int = 0, writes: Int = 0) {
        self.telemetry = telemetry
        self.urgent = urgent
        self.writes = writes
    }

    package var total: Int { telemetry + urgent + writes }

    package static func - (later: Self, earlier: Self) -> Self {
        Self(
            telemetry: later.telemetry - earlier.telemetry, urgent: later.urgent - earlier.urgent,
            writes: later.writes - earlier.writes)
    }

    fileprivate var clause: String {
        guard total > 0 else { return "" }
        return ", \(telemetry) telemetry events, \(urgent) urgent events and \(writes) other changes dropped"
    }
}

extension Nanoseconds {
    fileprivate var text: String {
        count < 1_000_000_000 ? "\(count / 1_000_000) ms" : "\(count / 1_000_000_000) s"
    }
}
