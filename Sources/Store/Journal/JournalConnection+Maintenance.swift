import Clocks

/// Tidying up: one small step at a time.
extension JournalConnection {
    enum Checkpoint: String {
        /// As far as it gets without waiting for anybody.
        case passive = "PASSIVE"
        /// All of it, and the log is empty afterwards.
        case truncate = "TRUNCATE"
    }

    func checkpoint(_ kind: Checkpoint) throws(SQLiteError) {
        try database.execute("PRAGMA wal_checkpoint(\(kind.rawValue))", activity: "moving the log into the journal")
    }

    func runMaintenance(by policy: RetentionPolicy, now: WallTime) throws -> MaintenanceReport {
        try limitSize(by: policy)
        var report = MaintenanceReport(usage: try usage())
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
                "PRAGMA incremental_vacuum(\(pages))", activity: "giving free pages back")
            try statement.run()
        }
        // A step that changed nothing would be repeated for ever.
        let after = try usage()
        report.hasMore = after != report.usage && policy.step(for: after, now: now) != .nothing
        return report
    }

    func usage() throws(SQLiteError) -> JournalUsage {
        JournalUsage(
            pageSize: try measure("PRAGMA page_size"), pages: try measure("PRAGMA page_count"),
            freePages: try measure("PRAGMA freelist_count"), oldest: try position("ASC"), newest: try position("DESC"),
            acknowledged: try database.integer("SELECT min(acked) FROM cursor", activity: "reading the cursors"))
    }

    private func measure(_ pragma: String) throws(SQLiteError) -> Int {
        Int(try database.integer(pragma, activity: "measuring the journal") ?? 0)
    }

    private func position(_ order: String) throws(SQLiteError) -> JournalUsage.Position? {
        let statement = try database.prepare(
            "SELECT seq, t_ns FROM event ORDER BY seq \(order) LIMIT 1", activity: "measuring the journal")
        guard try statement.step(), let sequence = statement.integer(0), let time = statement.integer(1) else {
            return nil
        }
        return JournalUsage.Position(sequence: sequence, time: WallTime(nanoseconds: time))
    }

    private func unacknowledgedCount(above acknowledged: Int64, amongOldest count: Int) throws(SQLiteError) -> Int {
        let statement = try database.prepare(
            "SELECT count(*) FROM (SELECT seq FROM event ORDER BY seq LIMIT ?1) WHERE seq > ?2",
            activity: "counting unsent entries")
        try statement.bind(Int64(count), at: 1)
        try statement.bind(acknowledged, at: 2)
        return try statement.step() ? Int(statement.integer(0) ?? 0) : 0
    }

    /// Deletes from the oldest entries. How far numbers had gone is noted first: it must outlive the entries.
    private func deleteOldest(_ count: Int, through last: Int64, before cutoff: WallTime) throws -> Int {
        let statement = try database.prepare(
            """
            DELETE FROM event WHERE t_ns < ?3
            AND seq IN (SELECT seq FROM event WHERE seq <= ?2 ORDER BY seq LIMIT ?1)
            """, activity: "deleting old entries")
        try statement.bind(Int64(count), at: 1)
        try statement.bind(last, at: 2)
        try statement.bind(cutoff.nanoseconds, at: 3)
        var deleted = 0
        try database.inTransaction("deleting old entries") {
            try set(.sequence, to: try lastSequence())
            try statement.run()
            deleted = database.changes
        }
        return deleted
    }
}
