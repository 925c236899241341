/// The tables of the database, and the migrations that lead from each earlier version to the present one.
enum StoreSchema {
    /// "LVGW" in the header: `file` shows it, and another program's database is not taken for ours.
    static let applicationID: Int64 = 0x4c56_4757
    /// "LVGR": `range.db`, in which versions before schema 2 stored runs.
    static let rangeApplicationID: Int64 = 0x4c56_4752

    /// The version that this program writes.
    static var version: Int { migrations.count }

    /// The statements that lead from each version to the next. Never edit one that was released.
    static let migrations = [
        // `seq` is SQLite's own row id, so that appending costs no index. `cursor` has one row for each follower.
        """
        CREATE TABLE event(
            seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE cursor(sink TEXT PRIMARY KEY, acked INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
        """,
        // Runs are listed by number, newest first; filters read on until the page is full. AUTOINCREMENT remembers
        // the highest number, even of a run that has been deleted.
        """
        CREATE TABLE run(
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, started_ns INTEGER NOT NULL,
            timer TEXT NOT NULL, shooter TEXT, stage TEXT, state TEXT NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE document(
            kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(kind, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE explanation(
            seq INTEGER PRIMARY KEY, event INTEGER NOT NULL UNIQUE, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE input(number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
        CREATE TABLE recording(
            seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sensor TEXT NOT NULL, started_ns INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        """,
        // The newest shots and impacts are found without reading the telemetry between them.
        """
        CREATE INDEX event_range ON event(seq) WHERE kind IN ('timer', 'impact');
        """,
        // Workouts are listed by number, newest first, with their summaries, which precede the large bodies. The key of
        // frames is the number of their workout and, in the lower 32 bits, that of the first frame: appending costs no
        // other index.
        """
        CREATE TABLE workout(
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_ns INTEGER NOT NULL,
            updated_ns INTEGER NOT NULL, summary BLOB, body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE workout_frames(
            key INTEGER PRIMARY KEY, count INTEGER NOT NULL, t_ns INTEGER NOT NULL, size INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        """,
        // The samples come last, so that a list does not read them.
        """
        CREATE TABLE motion(
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, phone TEXT NOT NULL, session TEXT,
            started_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL, samples INTEGER NOT NULL, origin TEXT NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        """,
        // The newest entries of the audit trail are found without reading the telemetry between them.
        """
        CREATE INDEX event_audit ON event(seq) WHERE kind = 'audit';
        """,
    ]

    /// Brings the file to the present version in one transaction. Returns whether it was empty before.
    static func migrate(_ database: SQLiteDatabase) throws -> Bool {
        let found = try version(of: database, applicationID: applicationID, known: version)
        if found < version {
            try database.inTransaction("bringing the store to version \(version)") {
                for step in migrations[found...] { try database.execute(step, activity: "creating tables") }
                try database.execute(
                    "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)",
                    activity: "writing the version of the store")
            }
        }
        return found == 0
    }

    /// The schema version of a file; 0 if it is empty. Throws if it belongs to another program or a newer gateway.
    static func version(of database: SQLiteDatabase, applicationID: Int64, known: Int) throws -> Int {
        let activity = "reading the version of the database"
        let owner = try database.integer("PRAGMA application_id", activity: activity) ?? 0
        let found = Int(try database.integer("PRAGMA user_version", activity: activity) ?? 0)
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema", activity: activity) ?? 0
        guard owner == applicationID || (owner == 0 && found == 0 && tables == 0) else {
            throw StoreError(.foreign, path: database.path, detail: "application id \(owner), \(tables) tables")
        }
        guard found <= known else {
            throw StoreError(
                .newerSchema(found: found, known: known), path: database.path, detail: "user_version is \(found)")
        }
        return found
    }
}
