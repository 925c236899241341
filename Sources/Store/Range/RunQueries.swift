import Clocks

/// Questions to the range's file.
enum RunQueries {
    /// All that a gateway needs to go on.
    static func loadState(from database: SQLiteDatabase, into opening: inout StoredRangeState) throws(SQLiteError) {
        let activity = "reading what the range remembers"
        let documents = try database.prepare("SELECT shelf, name, body FROM document", activity: activity)
        while try documents.step() {
            guard let shelf = documents.text(0).flatMap(DocumentKind.init(rawValue:)), let name = documents.text(1)
            else { continue }
            opening.documents.append(
                StoredRangeState.Document(shelf: shelf, name: name, body: documents.bytes(2) ?? []))
        }
        let inputs = try database.prepare("SELECT number, body FROM input ORDER BY number", activity: activity)
        while try inputs.step() {
            opening.lastInput = inputs.integer(0) ?? opening.lastInput
            opening.inputs.append(inputs.bytes(1) ?? [])
        }
        opening.lastRun =
            try database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'run'", activity: activity) ?? 0
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
            "SELECT body FROM \(table) WHERE \(column) = ?1", activity: "looking something up")
        try statement.bind(value, at: 1)
        return try statement.step() ? statement.bytes(0) : nil
    }

    static func explanation(_ event: UInt64, in database: SQLiteDatabase) throws(SQLiteError) -> [UInt8]? {
        let statement = try database.prepare(
            "SELECT body FROM explanation WHERE event = ?1", activity: "looking up an explanation")
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

/// Which runs are wanted, newest first.
package struct RunQuery: Hashable, Sendable {
    package var limit = 50
    /// When the runs so far come to this, the page is full.
    package var maximumBytes = Int.max
    /// Runs with lower numbers: where the page before ended.
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
