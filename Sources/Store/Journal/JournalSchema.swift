/// The shape of the journal's file, and how older shapes become this one.
enum JournalSchema {
    /// The version that this program writes.
    static let version = 1

    /// "LVGW" in the file's header: `file gateway.db` shows it, and no other program's database is taken for ours.
    static let applicationID: Int64 = 0x4c56_4757

    /// `seq` is SQLite's own row number, so that appending costs no index. `cursor` is one row for each follower: with
    /// it the journal is the outbox too, and nothing is deleted or marked when an entry has been sent.
    private static let first = """
        CREATE TABLE event(
            seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE cursor(sink TEXT PRIMARY KEY, acked INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// The statements that lead from each version to the next one.
    private static let steps = [first]

    /// Makes the file as this program knows it, in one transaction: a crash in the middle leaves what was before.
    /// Returns whether there was nothing before.
    static func prepare(_ database: SQLiteDatabase) throws -> Bool {
        let activity = "reading the journal's version"
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
            try database.inTransaction("bringing the journal to version \(version)") {
                for step in steps[found...] { try database.execute(step, activity: "making the journal's tables") }
                try database.execute(
                    "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)",
                    activity: "writing the journal's version")
            }
        }
        return found == 0
    }
}
