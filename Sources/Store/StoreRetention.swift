import CSQLite
import Clocks

/// Maintenance of an open database: one small step at a time, so that no step delays a commit.
final class StoreRetention {
    private let connection: StoreConnection
    private var database: SQLiteDatabase { connection.database }
    private let select: SQLiteStatement
    private let delete: SQLiteStatement
    /// There are no entries of a group up to these numbers.
    private var searchedThrough = [Int64](repeating: 0, count: JournalGroup.allCases.count)

    /// A step reads at most this many entries to find those that it deletes.
    private static let scannedEntries = 20_000

    init(_ connection: StoreConnection) throws(SQLiteError) {
        self.connection = connection
        select = try connection.database.prepare(
            """
            SELECT seq, t_ns, kind, length(CAST(body AS BLOB)) FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2
            """, activity: "finding old events")
        delete = try connection.database.prepare("DELETE FROM event WHERE seq = ?1", activity: "deleting old events")
    }

    private struct Row {
        let sequence: Int64
        let time: WallTime
        let group: JournalGroup
        let weight: Int
    }

    /// - Parameter expiry: what may expire by age now; nil for nothing.
    func run(by policy: RetentionPolicy, _ expiry: RetentionPolicy.Expiry?) throws -> MaintenanceReport {
        try connection.limitSize(by: policy)
        var report = MaintenanceReport(usage: try usage())
        try deleteExcess(policy)
        let hasMoreWorkouts = try connection.deleteExcessWorkouts(policy)
        var hasAdvanced = false
        switch policy.step(for: report.usage, expiry) {
        case .nothing:
            // What cannot be saved, because the disk is full, is counted again by the next process.
            try? connection.saveGroupBytes()
            report.hasMore = hasMoreWorkouts
            return report
        case .count(let count): hasAdvanced = try self.count(count)
        case .deleteExpired(let cutoff, let through, let count):
            report.deleted = try deleteExpired(count, through, cutoff, now: expiry?.now ?? cutoff).count
        case .evict(let group, let count):
            let (deleted, found) = try evict(group, count)
            let acknowledged = report.usage.acknowledged ?? .max
            report.deletedUnacknowledged = deleted.count { $0.sequence > acknowledged }
            (report.deleted, hasAdvanced) = (deleted.count, found)
        case .shrink(let pages):
            report.freedPages = pages
            // Returns a row for each page that it moves.
            let statement = try database.prepare(
                "PRAGMA incremental_vacuum(\(pages))", activity: "freeing unused pages")
            try statement.run()
        }
        // A step without an effect would be repeated for ever.
        let after = try usage()
        report.hasMore =
            hasMoreWorkouts || (hasAdvanced || after != report.usage) && policy.step(for: after, expiry) != .nothing
        return report
    }

    private func usage() throws(SQLiteError) -> StoreUsage {
        var usage = try connection.usage()
        usage.groupBytes = connection.groupBytes
        return usage
    }

    private func rows(after sequence: Int64, atMost count: Int, _ visit: (Row) -> Bool) throws(SQLiteError) {
        defer { select.reset() }
        try select.bind(sequence, at: 1)
        try select.bind(Int64(count), at: 2)
        while try select.step() {
            let row = Row(
                sequence: select.integer(0) ?? 0, time: WallTime(nanoseconds: select.integer(1) ?? 0),
                group: JournalGroup(kind: select.text(2) ?? ""),
                weight: JournalGroupBytes.weight(Int(select.integer(3) ?? 0)))
            guard visit(row) else { return }
        }
    }

    /// Counts entries that are not counted yet. False if there were none left.
    private func count(_ count: Int) throws -> Bool {
        var groupBytes = connection.groupBytes
        var counted = 0
        do throws(SQLiteError) {
            try rows(after: groupBytes.countedThrough, atMost: count) { row in
                groupBytes[row.group] += row.weight
                groupBytes.countedThrough = row.sequence
                counted += 1
                return true
            }
            groupBytes.isComplete = counted < count
        } catch {
            // The check reports the damage. Entries behind it need no exact count, and new ones can still be stored.
            guard error.primaryCode == SQLITE_CORRUPT else { throw error }
            groupBytes.isComplete = true
        }
        connection.groupBytes = groupBytes
        return counted > 0
    }

    /// Deletes the oldest entries of a group. `advanced` is false when there is none.
    private func evict(_ group: JournalGroup, _ count: Int) throws -> (deleted: [Row], advanced: Bool) {
        var found: [Row] = []
        var last = searchedThrough[group.rawValue]
        let first = last
        try rows(after: last, atMost: Self.scannedEntries) { row in
            if row.group == group { found.append(row) }
            last = row.sequence
            return found.count < count
        }
        try delete(found)
        searchedThrough[group.rawValue] = last
        if last == first {
            // The count is wrong: there is nothing left of this group.
            connection.groupBytes[group] = 0
        }
        return (found, last > first)
    }

    private func deleteExpired(
        _ count: Int, _ through: Int64, _ cutoff: WallTime, now: WallTime
    ) throws -> [Row] {
        var prefix = RetentionPolicy.ExpiredPrefix(before: cutoff, now: now, atMost: count)
        var found: [Row] = []
        try rows(after: 0, atMost: Self.scannedEntries) { row in
            guard row.sequence <= through, prefix.add(row.time) else { return false }
            found.append(row)
            return true
        }
        let expired = Array(found.prefix(prefix.count))
        try delete(expired)
        return expired
    }

    /// Deletes entries. The highest sequence number is recorded first: it must outlive the events.
    private func delete(_ rows: [Row]) throws {
        guard !rows.isEmpty else { return }
        var groupBytes = connection.groupBytes
        try database.inTransaction("deleting old events") {
            try connection.set(.sequence, to: try connection.lastSequence())
            for row in rows {
                try delete.bind(row.sequence, at: 1)
                try delete.run()
                if row.sequence <= groupBytes.countedThrough { groupBytes[row.group] -= row.weight }
            }
            try connection.writeGroupBytes(groupBytes)
            for (group, rows) in Dictionary(grouping: rows, by: \.group) {
                try connection.set(.deletedThrough(group), to: rows.map(\.sequence).max() ?? 0)
            }
        }
        connection.groupBytes = groupBytes
    }

    /// Deletes the oldest explanations, recordings and runs above their limits.
    private func deleteExcess(_ policy: RetentionPolicy) throws(SQLiteError) {
        let activity = "deleting old history"
        let limits = [("explanation", policy.maximumExplanations), ("recording", policy.maximumRecordings)]
        for (table, limit) in limits {
            try database.execute(
                "DELETE FROM \(table) WHERE seq <= (SELECT max(seq) FROM \(table)) - \(limit)", activity: activity)
        }
        try database.execute(
            """
            DELETE FROM motion
            WHERE seq <= (SELECT seq FROM motion ORDER BY seq DESC LIMIT 1 OFFSET \(policy.maximumMotions))
            """, activity: activity)
        // Runs can be deleted by hand, so their numbers have gaps: they are counted, which is cheap by their index.
        guard try database.integer("SELECT count(*) FROM run", activity: activity) ?? 0 > policy.runs else { return }
        try database.execute(
            """
            DELETE FROM run WHERE number <= (SELECT number FROM run ORDER BY number DESC LIMIT 1 OFFSET \(policy.runs))
            """, activity: activity)
    }
}
