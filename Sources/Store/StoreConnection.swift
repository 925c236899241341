import Clocks

/// The writer's connection to an open database: statements, and no decisions.
final class StoreConnection {
    let database: SQLiteDatabase
    let wasCreated: Bool
    private let insert: SQLiteStatement
    private let setCursor: SQLiteStatement
    private let setMeta: SQLiteStatement
    private let writes: WriteStatements
    var workouts: WorkoutStatements { writes.workouts }
    /// What the entries of each group take, including those of the transaction under way.
    var groupBytes = JournalGroupBytes()
    private var savedGroupBytes = JournalGroupBytes()

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
        groupBytes = try storedGroupBytes()
    }

    /// True if there may be more to delete.
    func deleteExcessWorkouts(_ policy: RetentionPolicy) throws -> Bool {
        var hasMore = false
        try database.inTransaction("deleting old workouts") { hasMore = try workouts.deleteExcess(by: policy) }
        return hasMore
    }

    /// Returns false when the sequence number exists already.
    func insert(_ entry: JournalEntry) throws(SQLiteError) -> Bool {
        try insert.bind(entry.sequence, at: 1)
        try insert.bind(entry.time.nanoseconds, at: 2)
        try insert.bind(entry.kind, at: 3)
        try insert.bind(entry.source, at: 4)
        try insert.bind(text: entry.body, at: 5)
        try insert.run()
        guard database.changes > 0 else { return false }
        groupBytes.add(entry)
        return true
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

    /// 0 if there was no run.
    func lastRun() throws(SQLiteError) -> Int64 {
        try database.integer(StoreQueries.lastRun, activity: "finding the last run") ?? 0
    }

    func text(_ key: MetaKey) throws(SQLiteError) -> String? {
        try database.text(key.query, activity: "reading the store's own data")
    }

    func number(_ key: MetaKey) throws(SQLiteError) -> Int64? {
        try database.integer(key.query, activity: "reading the store's own data")
    }

    func set(_ key: MetaKey, to text: String) throws(SQLiteError) {
        try setMeta.bind(key.name, at: 1)
        try setMeta.bind(text, at: 2)
        try setMeta.run()
    }

    func set(_ key: MetaKey, to number: Int64) throws(SQLiteError) {
        try setMeta.bind(key.name, at: 1)
        try setMeta.bind(number, at: 2)
        try setMeta.run()
    }

    /// The counts as of the last maintenance. Entries since then are counted by the next.
    private func storedGroupBytes() throws(SQLiteError) -> JournalGroupBytes {
        var groupBytes = JournalGroupBytes()
        groupBytes.countedThrough = try number(.countedThrough) ?? 0
        for group in JournalGroup.allCases { groupBytes[group] = Int(clamping: try number(.bytes(of: group)) ?? 0) }
        savedGroupBytes = groupBytes
        return groupBytes
    }

    /// Writes the counts, as part of a transaction.
    func writeGroupBytes(_ groupBytes: JournalGroupBytes) throws(SQLiteError) {
        try set(.countedThrough, to: groupBytes.countedThrough)
        for group in JournalGroup.allCases { try set(.bytes(of: group), to: Int64(groupBytes[group])) }
        savedGroupBytes = groupBytes
    }

    /// Writes the counts in a transaction of its own, if they have changed.
    func saveGroupBytes() throws {
        guard savedGroupBytes.countedThrough != groupBytes.countedThrough else { return }
        try database.inTransaction("writing the use of the journal") { try writeGroupBytes(groupBytes) }
    }
}

/// What the store records about itself.
enum MetaKey: Equatable {
    case gatewayID
    case createdAt
    /// The highest number ever assigned, as of the last time that entries were deleted or the store was closed.
    case sequence
    /// 1 when the store was closed in order, 0 while it is in use and after a crash.
    case isClosed
    /// 1 when the file of an earlier version has been imported.
    case importedRange
    case importedDevices
    case importedSerialRates
    /// The entries up to this number are in the bytes of their groups.
    case countedThrough
    case bytes(of: JournalGroup)
    /// No entries of a group up to this number are kept.
    case deletedThrough(JournalGroup)

    var name: String {
        switch self {
        case .gatewayID: "gateway_id"
        case .createdAt: "created_ns"
        case .sequence: "sequence"
        case .isClosed: "closed"
        case .importedRange: "imported_range"
        case .importedDevices: "imported_devices"
        case .importedSerialRates: "imported_serial_rates"
        case .countedThrough: "counted_through"
        case .bytes(let group): "bytes_\(group.name)"
        case .deletedThrough(let group): "deleted_\(group.name)"
        }
    }

    var query: String { "SELECT value FROM meta WHERE key = '\(name)'" }
}

/// The size of the database.
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
}
