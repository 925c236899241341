import Clocks

/// Reads of the database, as SQL.
enum StoreQueries {
    /// Entries with numbers above `sequence`, in order; of all kinds if `kinds` is nil.
    static func entries(
        after sequence: Int64, limit: Int, kinds: Set<String>?, _ limits: StoreReadLimits, in database: SQLiteDatabase
    ) throws(SQLiteError) -> JournalPage {
        let statement = try database.prepare(
            "SELECT seq, t_ns, kind, source, body FROM event WHERE seq > ?1 ORDER BY seq", activity: "reading events")
        try statement.bind(sequence, at: 1)
        let limit = min(limit, limits.entries)
        var page = JournalPage(entries: [], readThrough: sequence, isLast: false)
        var bytes = 0
        var scanned = 0
        // Kinds are filtered here and not by SQLite, which would search the whole file for a kind that is not there.
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

    /// The highest number up to which entries of any of these kinds have been deleted.
    static func deletedThrough(_ kinds: Set<String>, in database: SQLiteDatabase) throws(SQLiteError) -> Int64 {
        var deleted: Int64 = 0
        for group in Set(kinds.map { JournalGroup(kind: $0) }) {
            let number = try database.integer(
                MetaKey.deletedThrough(group).query, activity: "reading what was deleted")
            deleted = max(deleted, number ?? 0)
        }
        return deleted
    }

    /// The newest entries of timers and impact sensors, newest first.
    static func latestRangeEntries(limit: Int, in database: SQLiteDatabase) throws(SQLiteError) -> [JournalEntry] {
        // The condition is that of the index `event_range`.
        let statement = try database.prepare(
            """
            SELECT seq, t_ns, kind, source, body FROM event WHERE kind IN ('timer', 'impact')
            ORDER BY seq DESC LIMIT ?1
            """, activity: "reading the latest shots")
        try statement.bind(Int64(limit), at: 1)
        return try entries(of: statement)
    }

    /// The newest entries of the audit trail with numbers below `sequence`, newest first.
    static func auditEntries(
        before sequence: Int64, limit: Int, in database: SQLiteDatabase
    ) throws(SQLiteError) -> [JournalEntry] {
        // The condition is that of the index `event_audit`.
        let statement = try database.prepare(
            """
            SELECT seq, t_ns, kind, source, body FROM event WHERE kind = 'audit' AND seq < ?1
            ORDER BY seq DESC LIMIT ?2
            """, activity: "reading the audit trail")
        try statement.bind(sequence, at: 1)
        try statement.bind(Int64(limit), at: 2)
        return try entries(of: statement)
    }

    private static func entries(of statement: SQLiteStatement) throws(SQLiteError) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        while try statement.step() {
            entries.append(
                JournalEntry(
                    sequence: statement.integer(0) ?? 0, time: WallTime(nanoseconds: statement.integer(1) ?? 0),
                    kind: statement.text(2) ?? "", source: statement.text(3) ?? "", body: statement.bytes(4) ?? []))
        }
        return entries
    }

    static let lastRun = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'run'"

    /// What a gateway loads at its start.
    static func state(of database: SQLiteDatabase) throws(SQLiteError) -> StoredState {
        let activity = "loading the state of the gateway"
        var state = StoredState()
        let documents = try database.prepare("SELECT kind, name, body FROM document", activity: activity)
        while try documents.step() {
            guard let kind = documents.text(0).flatMap(DocumentKind.init(rawValue:)), let name = documents.text(1)
            else { continue }
            state.documents.append(StoredDocument(kind: kind, name: name, body: documents.bytes(2) ?? []))
        }
        let inputs = try database.prepare("SELECT number, body FROM input ORDER BY number", activity: activity)
        while try inputs.step() {
            state.lastInput = inputs.integer(0) ?? state.lastInput
            state.inputs.append(inputs.bytes(1) ?? [])
        }
        state.lastRun = try database.integer(lastRun, activity: activity) ?? 0
        return state
    }

    static func runs(_ query: RunQuery, in database: SQLiteDatabase) throws(SQLiteError) -> RunPage {
        let statement = try database.prepare(
            """
            SELECT number, body FROM run
            WHERE number < ?1 AND (?2 IS NULL OR shooter = ?2) AND (?3 IS NULL OR stage = ?3)
                AND (?4 IS NULL OR timer = ?4) AND (?5 IS NULL OR state = ?5)
                AND (?6 IS NULL OR started_ns >= ?6) AND (?7 IS NULL OR started_ns < ?7)
            ORDER BY number DESC LIMIT ?8
            """, activity: "listing runs")
        try statement.bind(query.before ?? .max, at: 1)
        try statement.bind(query.shooter, at: 2)
        try statement.bind(query.stage, at: 3)
        try statement.bind(query.timer, at: 4)
        try statement.bind(query.state, at: 5)
        try statement.bind(query.from?.nanoseconds, at: 6)
        try statement.bind(query.until?.nanoseconds, at: 7)
        try statement.bind(Int64(query.limit) + 1, at: 8)
        var page = RunPage()
        var bytes = 0
        while try statement.step() {
            guard page.bodies.count < query.limit, bytes < query.maximumBytes else {
                page.hasMore = true
                break
            }
            let body = statement.bytes(1) ?? []
            bytes += body.count
            page.last = statement.integer(0)
            page.bodies.append(body)
        }
        return page
    }

    static func body(
        _ table: StaticString, _ column: StaticString, _ value: String, in database: SQLiteDatabase
    ) throws(SQLiteError) -> [UInt8]? {
        let statement = try database.prepare(
            "SELECT body FROM \(table) WHERE \(column) = ?1", activity: "reading from the table \(table)")
        try statement.bind(value, at: 1)
        return try statement.step() ? statement.bytes(0) : nil
    }

    static func explanation(_ event: UInt64, in database: SQLiteDatabase) throws(SQLiteError) -> [UInt8]? {
        let statement = try database.prepare(
            "SELECT body FROM explanation WHERE event = ?1", activity: "reading an explanation")
        try statement.bind(Int64(clamping: event), at: 1)
        return try statement.step() ? statement.bytes(0) : nil
    }

    static func recordings(in database: SQLiteDatabase) throws(SQLiteError) -> [RecordingEntry] {
        let statement = try database.prepare(
            "SELECT name, sensor, started_ns, length(body) FROM recording ORDER BY seq DESC",
            activity: "listing recordings")
        var entries: [RecordingEntry] = []
        while try statement.step() {
            entries.append(
                RecordingEntry(
                    name: statement.text(0) ?? "", sensor: statement.text(1) ?? "",
                    started: WallTime(nanoseconds: statement.integer(2) ?? 0), bytes: Int(statement.integer(3) ?? 0)))
        }
        return entries
    }
}

/// Selects runs, newest first.
package struct RunQuery: Hashable, Sendable {
    package var limit = 50
    /// The page is full when its runs reach this size.
    package var maximumBytes = 2 << 20
    /// Only runs with lower numbers: where the page before ended.
    package var before: Int64?
    package var shooter: String?
    package var stage: String?
    package var timer: String?
    package var state: String?
    package var from: WallTime?
    package var until: WallTime?

    package init() {}
}

package struct RunPage: Hashable, Sendable {
    /// Each run as it was stored.
    package var bodies: [[UInt8]] = []
    /// The number of the last one.
    package var last: Int64?
    package var hasMore = false

    package init() {}
}

package struct RecordingEntry: Hashable, Sendable {
    package let name: String
    package let sensor: String
    package let started: WallTime
    package let bytes: Int
}
