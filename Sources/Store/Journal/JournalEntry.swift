import Clocks

/// One line of the journal. What it means is the business of whoever wrote it.
package struct JournalEntry: Equatable, Sendable {
    /// Increases from entry to entry, over all restarts of the gateway.
    package var sequence: Int64
    package var time: WallTime
    /// What sort of entry it is, for filtering: "heart_rate".
    package var kind: String
    /// What it came from: "esp32/heart/1".
    package var source: String
    /// UTF-8 text, JSON as a rule, so that `sqlite3` and its JSON functions can read the file.
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

/// How precious an entry is.
package enum JournalUrgency: Equatable, Sendable {
    /// One of many: may wait for its commit, and may be dropped when there is no room.
    case telemetry
    /// Happens once, like a shot or the end of a run: is committed at once, and kept as long as there is any room.
    case urgent
}

/// An entry on its way to the disk.
package struct PendingEntry: Equatable, Sendable {
    package var entry: JournalEntry
    package var urgency: JournalUrgency

    package init(_ entry: JournalEntry, _ urgency: JournalUrgency) {
        self.entry = entry
        self.urgency = urgency
    }
}
