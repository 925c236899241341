import Clocks

/// The connection to the range's file: the statements that change it, and no decisions.
final class RangeConnection {
    let database: SQLiteDatabase
    let wasCreated: Bool
    private let putRun: SQLiteStatement
    private let deleteRun: SQLiteStatement
    private let putDocument: SQLiteStatement
    private let deleteDocument: SQLiteStatement
    private let putExplanation: SQLiteStatement
    private let putInput: SQLiteStatement
    private let deleteInputs: SQLiteStatement
    private let putRecording: SQLiteStatement

    init(path: String, maximumMegabytes: Int) throws {
        let opening = "opening the range's file"
        database = try SQLiteDatabase(path: path, access: .readWrite, activity: opening)
        try database.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;
            PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF
            """, activity: opening)
        wasCreated = try DatabaseSchema.range.migrate(database)
        let pageSize = Int(try database.integer("PRAGMA page_size", activity: opening) ?? 4_096)
        try database.execute("PRAGMA max_page_count = \((maximumMegabytes << 20) / pageSize)", activity: opening)
        putRun = try database.prepare(
            """
            INSERT INTO run(number, id, started_ns, timer, shooter, stage, state, body)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT(id) DO UPDATE SET shooter = excluded.shooter, stage = excluded.stage, state = excluded.state,
                started_ns = excluded.started_ns, body = excluded.body
            """, activity: "writing a run")
        deleteRun = try database.prepare("DELETE FROM run WHERE id = ?1", activity: "deleting a run")
        putDocument = try database.prepare(
            """
            INSERT INTO document(shelf, name, body) VALUES(?1, ?2, ?3)
            ON CONFLICT(shelf, name) DO UPDATE SET body = excluded.body
            """, activity: "writing what the range remembers")
        deleteDocument = try database.prepare(
            "DELETE FROM document WHERE shelf = ?1 AND name = ?2", activity: "forgetting what the range remembered")
        putExplanation = try database.prepare(
            """
            INSERT INTO explanation(event, body) VALUES(?1, ?2) ON CONFLICT(event) DO UPDATE SET body = excluded.body
            """, activity: "writing an explanation")
        putInput = try database.prepare(
            "INSERT INTO input(number, body) VALUES(?1, ?2) ON CONFLICT(number) DO NOTHING",
            activity: "writing what a run is made of")
        deleteInputs = try database.prepare(
            "DELETE FROM input WHERE number <= ?1", activity: "forgetting what a run was made of")
        putRecording = try database.prepare(
            """
            INSERT INTO recording(name, sensor, started_ns, body) VALUES(?1, ?2, ?3, ?4)
            ON CONFLICT(name) DO UPDATE SET body = excluded.body
            """, activity: "writing a recording")
    }

    func perform(_ change: RangeWrite) throws(SQLiteError) {
        switch change {
        case .run(let run): try put(run)
        case .forgetRun(let id):
            try deleteRun.bind(id, at: 1)
            try deleteRun.run()
        case .document(let shelf, let name, let body?):
            try putDocument.bind(shelf.rawValue, at: 1)
            try putDocument.bind(name, at: 2)
            try putDocument.bind(text: body, at: 3)
            try putDocument.run()
        case .document(let shelf, let name, nil):
            try deleteDocument.bind(shelf.rawValue, at: 1)
            try deleteDocument.bind(name, at: 2)
            try deleteDocument.run()
        case .explanation(let event, let body):
            try putExplanation.bind(Int64(clamping: event), at: 1)
            try putExplanation.bind(text: body, at: 2)
            try putExplanation.run()
        case .input(let number, let body):
            try putInput.bind(number, at: 1)
            try putInput.bind(text: body, at: 2)
            try putInput.run()
        case .forgetInputs(let number):
            try deleteInputs.bind(number, at: 1)
            try deleteInputs.run()
        case .recording(let recording): try put(recording)
        }
    }

    private func put(_ run: StoredRun) throws(SQLiteError) {
        try putRun.bind(run.number, at: 1)
        try putRun.bind(run.id, at: 2)
        try putRun.bind(run.started.nanoseconds, at: 3)
        try putRun.bind(run.timer, at: 4)
        try putRun.bind(run.shooter, at: 5)
        try putRun.bind(run.stage, at: 6)
        try putRun.bind(run.state, at: 7)
        try putRun.bind(text: run.body, at: 8)
        try putRun.run()
    }

    private func put(_ recording: StoredRecording) throws(SQLiteError) {
        try putRecording.bind(recording.name, at: 1)
        try putRecording.bind(recording.sensor, at: 2)
        try putRecording.bind(recording.started.nanoseconds, at: 3)
        try putRecording.bind(blob: recording.body, at: 4)
        try putRecording.run()
    }

    /// Deletes the oldest of what is more than may be kept.
    func deleteExcess(_ limits: RangeLimits) throws(SQLiteError) {
        let activity = "deleting what is old"
        for (table, most) in [("explanation", limits.explanations), ("recording", limits.recordings)] {
            try database.execute(
                "DELETE FROM \(table) WHERE seq <= (SELECT max(seq) FROM \(table)) - \(most)", activity: activity)
        }
        // Runs can be deleted by hand, so their numbers have gaps: the limit is on how many there are.
        try database.execute(
            """
            DELETE FROM run WHERE number <= (SELECT number FROM run ORDER BY number DESC LIMIT 1 OFFSET \(limits.runs))
            """, activity: activity)
    }
}

/// How much of the past the range's file keeps.
package struct RangeLimits: Equatable, Sendable {
    package var runs = 10_000
    package var explanations = 50_000
    package var recordings = 100
    /// Should all this not suffice, SQLite itself refuses to let the file grow beyond it.
    package var megabytes = 512

    package init() {}
}
