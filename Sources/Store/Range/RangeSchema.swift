/// The shape of the range's file, and how older shapes become this one.
enum RangeSchema {
    /// The version that this program writes.
    static let version = 1

    /// "LVGR" in the file's header.
    static let applicationID: Int64 = 0x4c56_4752

    /// Runs are listed by their number, newest first; whoever filters reads on until the page is full.
    /// AUTOINCREMENT remembers the highest number, also of a run that has been deleted.
    private static let first = """
        CREATE TABLE run(
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, started_ns INTEGER NOT NULL,
            timer TEXT NOT NULL, shooter TEXT, stage TEXT, state TEXT NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE document(
            shelf TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(shelf, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE explanation(
            seq INTEGER PRIMARY KEY, event INTEGER NOT NULL UNIQUE, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE input(number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
        CREATE TABLE recording(
            seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sensor TEXT NOT NULL, started_ns INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        """

    private static let steps = [first]

    /// Makes the file as this program knows it, in one transaction. Returns whether there was nothing before.
    static func prepare(_ database: SQLiteDatabase) throws -> Bool {
        let activity = "reading the version of the range's file"
        let owner = try database.integer("PRAGMA application_id", activity: activity) ?? 0
        let found = Int(try database.integer("PRAGMA user_version", activity: activity) ?? 0)
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema", activity: activity) ?? 0
        guard owner == applicationID || (owner == 0 && found == 0 && tables == 0) else {
            throw StoreFailure(.foreign, path: database.path, detail: "application id \(owner), \(tables) tables")
        }
        guard found <= version else {
            throw StoreFailure(
                .newerSchema(found: found, known: version), path: database.path, detail: "user_version is \(found)")
        }
        if found < version {
            try database.inTransaction("bringing the range's file to version \(version)") {
                for step in steps[found...] { try database.execute(step, activity: "making the range's tables") }
                try database.execute(
                    "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)",
                    activity: "writing the version of the range's file")
            }
        }
        return found == 0
    }
}
