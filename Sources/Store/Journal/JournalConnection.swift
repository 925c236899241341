import Clocks

/// The writer's connection to an open journal: the statements it lives on, and no decisions.
final class JournalConnection {
    let database: SQLiteDatabase
    let wasCreated: Bool
    private let insert: SQLiteStatement
    private let setCursor: SQLiteStatement
    private let setMeta: SQLiteStatement

    init(_ options: JournalOptions) throws {
        let opening = "opening the journal"
        database = try SQLiteDatabase(
            path: options.path, access: .readWrite, busyTimeout: options.lockTimeout, activity: opening)
        // Before the first page is written, because it cannot be changed later.
        try database.execute("PRAGMA auto_vacuum = INCREMENTAL", activity: opening)
        // FULL: with NORMAL a power cut takes everything since the last checkpoint.
        try database.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;
            PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF
            """, activity: opening)
        wasCreated = try DatabaseSchema.journal.migrate(database)
        // The same entry again, after a commit of which nobody knows whether it succeeded, is no error.
        insert = try database.prepare(
            """
            INSERT INTO event(seq, t_ns, kind, source, body) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(seq) DO NOTHING
            """, activity: "writing entries")
        setCursor = try database.prepare(
            """
            INSERT INTO cursor(sink, acked) VALUES(?1, ?2)
            ON CONFLICT(sink) DO UPDATE SET acked = max(acked, excluded.acked)
            """, activity: "writing cursors")
        setMeta = try database.prepare(
            "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            activity: "writing the journal's own data")
        try limitSize(by: options.retention)
    }

    /// Has SQLite itself refuse to let the file grow far beyond what is kept, should deletion not keep up.
    func limitSize(by policy: RetentionPolicy) throws(SQLiteError) {
        let activity = "limiting the journal's size"
        let pageSize = try database.integer("PRAGMA page_size", activity: activity) ?? 4_096
        let most = policy.maximumPages(ofSize: Int(pageSize))
        try database.execute("PRAGMA max_page_count = \(most)", activity: activity)
    }

    /// Returns false when the number is taken.
    func insert(_ entry: JournalEntry) throws(SQLiteError) -> Bool {
        try insert.bind(entry.sequence, at: 1)
        try insert.bind(entry.time.nanoseconds, at: 2)
        try insert.bind(entry.kind, at: 3)
        try insert.bind(entry.source, at: 4)
        try insert.bind(text: entry.body, at: 5)
        try insert.run()
        return database.changes > 0
    }

    func setCursor(of follower: String, to sequence: Int64) throws(SQLiteError) {
        try setCursor.bind(follower, at: 1)
        try setCursor.bind(sequence, at: 2)
        try setCursor.run()
    }

    func cursors() throws(SQLiteError) -> [String: Int64] {
        let statement = try database.prepare("SELECT sink, acked FROM cursor", activity: "reading the cursors")
        var cursors: [String: Int64] = [:]
        while try statement.step() {
            if let follower = statement.text(0), let sequence = statement.integer(1) { cursors[follower] = sequence }
        }
        return cursors
    }

    /// The highest number ever, even if its entry has been deleted since.
    func lastSequence() throws(SQLiteError) -> Int64 {
        max(try lastStored(), try number(.sequence) ?? 0)
    }

    /// 0 if there is no entry.
    func lastStored() throws(SQLiteError) -> Int64 {
        try database.integer("SELECT max(seq) FROM event", activity: "finding the last entry") ?? 0
    }

    func text(_ key: MetaKey) throws(SQLiteError) -> String? {
        try database.text(key.query, activity: "reading the journal's own data")
    }

    func number(_ key: MetaKey) throws(SQLiteError) -> Int64? {
        try database.integer(key.query, activity: "reading the journal's own data")
    }

    func set(_ key: MetaKey, to text: String) throws(SQLiteError) {
        try setMeta.bind(key.rawValue, at: 1)
        try setMeta.bind(text, at: 2)
        try setMeta.run()
    }

    func set(_ key: MetaKey, to number: Int64) throws(SQLiteError) {
        try setMeta.bind(key.rawValue, at: 1)
        try setMeta.bind(number, at: 2)
        try setMeta.run()
    }
}

/// What the journal says of itself.
enum MetaKey: String {
    case gatewayID = "gateway_id"
    case createdAt = "created_ns"
    /// The highest number ever given out, as of the last time that entries were deleted or the journal was closed.
    case sequence
    /// 1 when the journal was closed in order, 0 while it is in use and after a crash.
    case isClosed = "closed"

    fileprivate var query: String { "SELECT value FROM meta WHERE key = '\(rawValue)'" }
}
