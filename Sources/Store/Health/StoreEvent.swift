import Clocks

/// Something about the journal that a person may want to know, for the log and the status page.
package enum StoreEvent: Equatable, Sendable, CustomStringConvertible {
    case opened(OpenedJournal)
    case degraded(StoreError, retryIn: Nanoseconds)
    /// Another attempt to get the journal back has failed.
    case stillDegraded(StoreError, lasted: Nanoseconds, waiting: Int, dropped: JournalDrops, retryIn: Nanoseconds)
    /// All is well again; `dropped` did not fit into memory in the meantime.
    case recovered(lasted: Nanoseconds, dropped: JournalDrops)
    /// A damaged journal was moved aside.
    case movedAside(to: String, StoreError)
    /// There are as many damaged journals as we keep: the oldest was deleted.
    case deletedDamaged(String)
    /// Healthy, but the disk does not keep up, and there was no more room in memory.
    case overflowing(dropped: JournalDrops)
    /// The journal holds entries with these numbers already, so the new ones were not written.
    case numbersUsedTwice(Int)
    /// Old entries were deleted for lack of room although not everybody who should get them had.
    case unsentDeleted(Int)
    case closed(unwritten: Int)

    package enum Severity: Sendable {
        case info
        case warning
        case error
    }

    package var severity: Severity {
        switch self {
        case .opened, .recovered(_, JournalDrops()), .closed(unwritten: 0): .info
        case .recovered, .stillDegraded, .deletedDamaged, .unsentDeleted, .closed, .overflowing: .warning
        case .degraded, .movedAside, .numbersUsedTwice: .error
        }
    }

    package var description: String {
        switch self {
        case .opened(let opening):
            "journal \(opening.path): \(opening.wasCreated ? "begun" : "opened") as \(opening.gatewayID)"
                + ", last entry \(opening.lastSequence)\(opening.wasClosedCleanly ? "" : ", not closed cleanly before")"
        case .degraded(let failure, let delay):
            "journal: \(failure). The live stream goes on, entries wait in memory; next attempt in \(delay.text)"
        case .stillDegraded(let failure, let lasted, let waiting, let dropped, let delay):
            "journal, for \(lasted.text) now: \(failure). \(waiting) entries wait\(dropped.sentence); "
                + "next attempt in \(delay.text)"
        case .recovered(let lasted, let dropped):
            "journal: writing again after \(lasted.text)\(dropped.sentence)"
        case .movedAside(let path, let failure):
            "journal: moved the damaged file to \(path) (\(failure.detail)) and began a new one"
        case .deletedDamaged(let path):
            "journal: deleted \(path), the oldest of the damaged files"
        case .overflowing(let dropped):
            "journal: the disk does not keep up\(dropped.sentence)"
        case .numbersUsedTwice(let count):
            "journal: \(count) entries had numbers that are taken, and were not written"
        case .unsentDeleted(let count):
            "journal: \(count) entries were deleted to make room before they had been sent everywhere"
        case .closed(let unwritten):
            unwritten == 0 ? "journal: closed" : "journal: closed with \(unwritten) entries unwritten"
        }
    }
}

extension Nanoseconds {
    fileprivate var text: String {
        count < 1_000_000_000 ? "\(count / 1_000_000) ms" : "\(count / 1_000_000_000) s"
    }
}

extension JournalDrops {
    fileprivate var sentence: String {
        total == 0 ? "" : ", \(telemetry) telemetry and \(urgent) urgent entries were lost for lack of room"
    }
}
