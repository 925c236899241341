import Clocks

/// Reads the journal on a connection and a thread of its own, so that neither the writer nor the live stream waits.
final class JournalReader {
    private let path: String
    private let limits: JournalReadLimits
    private var database: SQLiteDatabase?

    init(path: String, limits: JournalReadLimits) {
        self.path = path
        self.limits = limits
    }

    /// Entries with numbers above `sequence`, in order; of all kinds if `kinds` is nil.
    func page(after sequence: Int64, limit: Int, kinds: Set<String>?) throws(StoreError) -> JournalPage {
        do {
            return try read(after: sequence, limit: min(limit, limits.entries), kinds: kinds)
        } catch {
            database = nil
            throw StoreError(error, path: path)
        }
    }

    private func read(after sequence: Int64, limit: Int, kinds: Set<String>?) throws(SQLiteError) -> JournalPage {
        let statement = try open().prepare(
            "SELECT seq, t_ns, kind, source, body FROM event WHERE seq > ?1 ORDER BY seq", activity: "reading entries")
        try statement.bind(sequence, at: 1)
        var page = JournalPage(entries: [], readThrough: sequence, isLast: false)
        var bytes = 0
        var scanned = 0
        // Kinds are told apart here and not by SQLite, which would search the whole file for a kind that is not there.
        while page.entries.count < limit, bytes < limits.bytes, scanned < limits.scanned {
            guard try statement.step() else {
                page.isLast = true
                break
            }
            scanned += 1
            page.readThrough = statement.integer(0) ?? page.readThrough
            let kind = statement.text(2) ?? ""
            guard kinds?.contains(kind) ?? true else { continue }
            let entry = JournalEntry(
                sequence: page.readThrough, time: WallTime(nanoseconds: statement.integer(1) ?? 0), kind: kind,
                source: statement.text(3) ?? "", body: statement.bytes(4) ?? [])
            bytes += entry.weight
            page.entries.append(entry)
        }
        return page
    }

    private func open() throws(SQLiteError) -> SQLiteDatabase {
        if let database, !database.fileHasMoved { return database }
        database = nil
        let opened = try SQLiteDatabase(path: path, access: .readOnly, activity: "opening the journal for reading")
        try opened.execute(
            "PRAGMA cache_size = -512; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF",
            activity: "opening the journal for reading")
        database = opened
        return opened
    }
}
