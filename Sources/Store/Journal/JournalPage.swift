/// Some entries of the journal, and where to go on reading.
package struct JournalPage: Equatable, Sendable {
    package var entries: [JournalEntry]
    /// Ask for what comes after this number next.
    package var readThrough: Int64
    /// There was nothing more on the disk at that moment.
    package var isLast: Bool
}

/// How much one reading may take. Whoever wants more asks again: so no reading holds up another for long, or keeps
/// the log from being moved into the journal.
package struct JournalReadLimits: Equatable, Sendable {
    package var entries = 10_000
    package var bytes = 4 << 20
    /// Entries looked at, wanted or not.
    package var scanned = 50_000
    /// Readings that wait for their turn.
    package var pendingReads = 32

    package init() {}
}

/// Why there is no page.
package enum JournalReadError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooManyReads
    case closed
    case failed(StoreError)

    package var description: String {
        switch self {
        case .tooManyReads: "too many readings of the journal at once: try again later"
        case .closed: "the journal is closed"
        case .failed(let failure): failure.description
        }
    }
}
