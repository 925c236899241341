import Clocks

/// The writer's connection to an open database: statements, and no decisions.
final class StoreConnection {
    let database: SQLiteDatabase
    let wasCreated: Bool
    private let insert: SQLiteStatement
    private let setCursor: SQLiteStatement
    private let setMeta: SQLiteStatement
    private let writes: WriteStatements

    /// SQLite's name for a database without a file.
    static let memory = ":memory:"

    init(_ options: StoreOptions) throws {
        let opening = "opening the store"
        database = try SQLiteDatabase(
            path: options.path ?? Self.memory, access: .readWrite, busyTimeout: options.lockTimeout, activity: opening)
        // Before the first page is written, because it cannot be changed later.
        try database.execute("PRAGMA auto_vacuum = INCREMENTAL", activity: opening)
        // FULL, because with NORMAL a power cut loses everything since the last checkpoint.
        try database.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;
            PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF
            """, activity: opening)
        wasCreated = try StoreSchema.migrate(database)
        // Writing an entry again, after a commit with an unknown outcome, is no error.
        insert = try database.prepare(
            """
            INSERT INTO event(seq, t_ns, kind, source, body) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(seq) DO NOTHING
            """, activity: "writing events")
        setCursor = try database.prepare(
            """
            INSERT INTO cursor(sink, acked) VALUES(?1, ?2)
            ON CONFLICT(sink) DO UPDATE SET acked = max(acked, excluded.acked)
            """, activity: "writing cursors")
        setMeta = try database.prepare(
            "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            activity: "writing the store's own data")
        writes = try WriteStatements(database)
    }

    /// Returns false when the sequence number exists already.
    func insert(_ entry: JournalEntry) throws(SQLiteError) -> Bool {
        try insert.bind(entry.sequence, at: 1)
        try insert.bind(entry.time.nanoseconds, at: 2)
        try insert.bind(entry.kind, at: 3)
        try insert.bind(entry.source, at: 4)
        try insert.bind(text: entry.body, at: 5)
        try insert.run()
        return database.changes > 0
    }

    func perform(_ write: StoreWrite) throws(SQLiteError) {
        try writes.perform(write)
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

    /// The highest sequence number ever, even if its entry has been deleted since.
    func lastSequence() throws(SQLiteError) -> Int64 {
        max(try lastStored(), try number(.sequence) ?? 0)
    }

    /// 0 if there is no entry.
    func lastStored() throws(SQLiteError) -> Int64 {
        try database.integer("SELECT max(seq) FROM event", activity: "finding the last event") ?? 0
    }

    func text(_ key: MetaKey) throws(SQLiteError) -> String? {
        try database.text(key.query, activity: "reading the store's own data")
    }

    func number(_ key: MetaKey) throws(SQLiteError) -> Int64? {
        try database.integer(key.query, activity: "reading the store's own data")
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

/// What the store records about itself.
enum MetaKey: String {
    case gatewayID = "gateway_id"
    case createdAt = "created_ns"
    /// The highest number ever assigned, as of the last time that entries were deleted or the store was closed.
    case sequence
    /// 1 when the store was closed in order, 0 while it is in use and after a crash.
    case isClosed = "closed"
    /// 1 when the file of an earlier version has been imported.
    case importedRange = "imported_range"
    case importedDevices = "imported_devices"
    case importedSerialRates = "imported_serial_rates"

    var query: String { "SELECT value FROM meta WHERE key = '\(rawValue)'" }
}

/// Maintenance: one small step at a time.
extension StoreConnection {
    enum Checkpoint: String {
        /// As far as possible without waiting for readers.
        case passive = "PASSIVE"
        /// All of it, leaving an empty log.
        case truncate = "TRUNCATE"
    }

    func checkpoint(_ kind: Checkpoint) throws(SQLiteError) {
        try database.execute("PRAGMA wal_checkpoint(\(kind.rawValue))", activity: "checkpointing the store")
    }

    /// Makes SQLite itself refuse to let the file grow far beyond the policy, in case deletion does not keep up.
    func limitSize(by policy: RetentionPolicy) throws(SQLiteError) {
        let usage = try usage()
        var pages = policy.maximumPages(ofSize: usage.pageSize)
        // Runs are limited by their number: without events to delete, they get the space that they need.
        if usage.oldest == nil { pages = max(pages, usage.pages - usage.freePages + (1 << 20) / usage.pageSize) }
        try database.execute("PRAGMA max_page_count = \(pages)", activity: "limiting the size of the store")
    }

    func runMaintenance(by policy: RetentionPolicy, now: WallTime) throws -> MaintenanceReport {
        try limitSize(by: policy)
        var report = MaintenanceReport(usage: try usage())
        try deleteExcess(policy)
        switch policy.step(for: report.usage, now: now) {
        case .nothing:
            return report
        case .deleteExpired(let cutoff, let through, let count):
            report.deleted = try deleteOldest(count, through: through, before: cutoff)
        case .deleteOldest(let count):
            let acknowledged = report.usage.acknowledged ?? .max
            report.deletedUnacknowledged = try unacknowledgedCount(above: acknowledged, amongOldest: count)
            report.deleted = try deleteOldest(count, through: .max, before: WallTime(nanoseconds: .max))
        case .shrink(let pages):
            report.freedPages = pages
            // Returns a row for each page that it moves.
            let statement = try database.prepare(
                "PRAGMA incremental_vacuum(\(pages))", activity: "freeing unused pages")
            try statement.run()
        }
        // A step without an effect would be repeated for ever.
        let after = try usage()
        report.hasMore = after != report.usage && policy.step(for: after, now: now) != .nothing
        return report
    }

    func usage() throws(SQLiteError) -> StoreUsage {
        StoreUsage(
            pageSize: try measure("PRAGMA page_size"), pages: try measure("PRAGMA page_count"),
            freePages: try measure("PRAGMA freelist_count"), oldest: try position("ASC"), newest: try position("DESC"),
            acknowledged: try database.integer("SELECT min(acked) FROM cursor", activity: "reading the cursors"))
    }

    private func measure(_ pragma: String) throws(SQLiteError) -> Int {
        Int(try database.integer(pragma, activity: "measuring the store") ?? 0)
    }

    private func position(_ order: String) throws(SQLiteError) -> StoreUsage.Position? {
        let statement = try database.prepare(
            "SELECT seq, t_ns FROM event ORDER BY seq \(order) LIMIT 1", activity: "measuring the store")
        guard try statement.step(), let sequence = statement.integer(0), let time = statement.integer(1) else {
            return nil
        }
        return StoreUsage.Position(sequence: sequence, time: WallTime(nanoseconds: time))
    }

    private func unacknowledgedCount(
        above acknowledged: Int64, amongOldest count: Int
    ) throws(SQLiteError) -> Int {
        let statement = try database.prepare(
            "SELECT count(*) FROM (SELECT seq FROM event ORDER BY seq LIMIT ?1) WHERE seq > ?2",
            activity: "counting unacknowledged events")
        try statement.bind(Int64(count), at: 1)
        try statement.bind(acknowledged, at: 2)
        return try statement.step() ? Int(statement.integer(0) ?? 0) : 0
    }

    /// Deletes the oldest events. The highest sequence number is recorded first: it must outlive the events.
    private func deleteOldest(_ count: Int, through last: Int64, before cutoff: WallTime) throws -> Int {
        let statement = try database.prepare(
            """
            DELETE FROM event WHERE t_ns < ?3
            AND seq IN (SELECT seq FROM event WHERE seq <= ?2 ORDER BY seq LIMIT ?1)
            """, activity: "deleting old events")
        try statement.bind(Int64(count), at: 1)
        try statement.bind(last, at: 2)
        try statement.bind(cutoff.nanoseconds, at: 3)
        var deleted = 0
        try database.inTransaction("deleting old events") {
            try set(.sequence, to: try lastSequence())
            try statement.run()
            deleted = database.changes
        }
        return deleted
    }

    /// Deletes the oldest explanations, recordings and runs above their limits.
    private func deleteExcess(_ policy: RetentionPolicy) throws(SQLiteError) {
        let activity = "deleting old history"
        let limits = [("explanation", policy.maximumExplanations), ("recording", policy.maximumRecordings)]
        for (table, limit) in limits {
            try database.execute(
                "DELETE FROM \(table) WHERE seq <= (SELECT max(seq) FROM \(table)) - \(limit)", activity: activity)
        }
        // Runs can be deleted by hand, so their numbers have gaps: they are counted, which is cheap by their index.
        guard try database.integer("SELECT count(*) FROM run", activity: activity) ?? 0 > policy.runs else { return }
        try database.execute(
            """
            DELETE FROM run WHERE number <= (SELECT number FROM run ORDER BY number DESC LIMIT 1 OFFSET \(policy.runs))
            """, activity: activity)
    }
}
