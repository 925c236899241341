extension SQLiteDatabase {
    /// Runs `body` in a transaction: all of it happens, or nothing. The lock is taken at the start, where waiting for
    /// it is possible, and not in the middle.
    func inTransaction(_ activity: String, _ body: () throws -> Void) throws {
        try execute("BEGIN IMMEDIATE", activity: activity)
        do {
            try body()
            try execute("COMMIT", activity: activity)
        } catch {
            // Some errors have rolled back already; and if this one fails too, closing the connection rolls back.
            if isInTransaction { try? execute("ROLLBACK", activity: activity) }
            throw error
        }
    }
}
