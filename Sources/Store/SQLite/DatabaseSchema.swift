/// The shape of one of the gateway's files, and how older shapes become this one.
struct DatabaseSchema: Sendable {
    /// For people, such as "the journal".
    let name: String
    /// In the file's header: `file` shows it, and no other program's database is taken for ours.
    let applicationID: Int64
    /// The statements that lead from each version to the next one.
    let steps: [String]

    /// The version that this program writes.
    var version: Int { steps.count }

    /// Makes the file as this program knows it, in one transaction: a crash in the middle leaves what was before.
    /// Returns whether there was nothing before.
    func migrate(_ database: SQLiteDatabase) throws -> Bool {
        let activity = "reading the version of \(name)"
        let owner = try database.integer("PRAGMA application_id", activity: activity) ?? 0
        let found = Int(try database.integer("PRAGMA user_version", activity: activity) ?? 0)
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema", activity: activity) ?? 0
        guard owner == applicationID || (owner == 0 && found == 0 && tables == 0) else {
            throw StoreError(.foreign, path: database.path, detail: "application id \(owner), \(tables) tables")
        }
        guard found <= version else {
            throw StoreError(
                .newerSchema(found: found, known: version), path: database.path, detail: "user_version is \(found)")
        }
        if found < version {
            try database.inTransaction("bringing \(name) to version \(version)") {
                for step in steps[found...] { try database.execute(step, activity: "making the tables of \(name)") }
                try database.execute(
                    "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)",
                    activity: "writing the version of \(name)")
            }
        }
        return found == 0
    }
}
