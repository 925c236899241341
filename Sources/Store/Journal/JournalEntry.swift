import Clocks

/// One event of the journal.
package struct JournalEntry: Equatable, Sendable {
    /// Increases from entry to entry, over all restarts of the gateway.
    package var sequence: Int64
    package var time: WallTime
    /// The kind of event, for filtering: "heart_rate".
    package var kind: String
    /// The device that the event comes from: "esp32/heart/1".
    package var source: String
    /// JSON, so that `sqlite3` and its JSON functions can read it.
    package var body: [UInt8]

    package init(sequence: Int64, time: WallTime, kind: String, source: String, body: [UInt8]) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.source = source
        self.body = body
    }

    /// What the entry costs in memory: its bytes, and an allowance for what surrounds them.
    package var weight: Int {
        body.count + kind.utf8.count + source.utf8.count + 96
    }
}

package enum JournalUrgency: Equatable, Sendable {
    /// One of many: may wait for its commit, and is dropped when the buffer is full.
    case telemetry
    /// Happens once, such as a shot or the end of a run: committed at once, and dropped last.
    case urgent
}

/// An entry in the buffer.
package struct PendingEntry: Equatable, Sendable {
    package var entry: JournalEntry
    package var urgency: JournalUrgency

    package init(_ entry: JournalEntry, _ urgency: JournalUrgency) {
        self.entry = entry
        self.urgency = urgency
    }
}

/// Why an entry is not accepted.
package enum JournalReject: String, Error, Equatable, Sendable {
    case closed
    /// Its sequence number is not above that of the entry before.
    case outOfOrder = "out_of_order"
    /// Its body is too long.
    case tooLong = "too_long"
}

/// Some entries of the journal, and where the next page begins.
package struct JournalPage: Equatable, Sendable {
    package var entries: [JournalEntry]
    /// Where the next page begins: pass it as `after`.
    package var readThrough: Int64
    /// There were no further entries on the disk at that moment.
    package var isLast: Bool
}

/// The limits of one read: a long one would delay others, and keep SQLite from emptying its log.
package struct StoreReadLimits: Equatable, Sendable {
    package var entries = 10_000
    package var bytes = 4 << 20
    /// Entries examined, including those of other kinds.
    package var scanned = 50_000
    package var pendingReads = 64

    package init() {}
}
