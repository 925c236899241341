import Clocks

/// One row of the store, for an export.
package enum StoreRow: Sendable {
    case event(JournalEntry)
    case run(id: String, body: [UInt8])
    case document(StoredDocument)
    case explanation(event: Int64, body: [UInt8])
    case recording(StoredRecording)
    /// With its whole document.
    case workout(WorkoutEntry)
    case frames(StoredFrames)
    /// With its samples.
    case motion(StoredMotion)
}

extension StoreFile {
    /// Calls `visit` for every row, as of one moment, while a gateway may go on writing.
    package func forEachRow(_ visit: (StoreRow) throws -> Void) throws {
        let database = try open()
        let activity = "exporting the store"
        try database.execute("BEGIN", activity: activity)
        func rows(_ query: String, _ row: (SQLiteStatement) -> StoreRow?) throws {
            let statement = try database.prepare(query, activity: activity)
            while try statement.step() {
                if let row = row(statement) { try visit(row) }
            }
        }
        let version = try database.integer("PRAGMA user_version", activity: activity) ?? 0
        try rows("SELECT seq, t_ns, kind, source, body FROM event ORDER BY seq") { row in
            .event(
                JournalEntry(
                    sequence: row.integer(0) ?? 0, time: WallTime(nanoseconds: row.integer(1) ?? 0),
                    kind: row.text(2) ?? "", source: row.text(3) ?? "", body: row.bytes(4) ?? []))
        }
        guard version >= 2 else { return }
        try rows("SELECT id, body FROM run ORDER BY number") { .run(id: $0.text(0) ?? "", body: $0.bytes(1) ?? []) }
        try rows("SELECT kind, name, body FROM document ORDER BY kind, name") { row in
            row.text(0).flatMap(DocumentKind.init(rawValue:)).map { kind in
                .document(StoredDocument(kind: kind, name: row.text(1) ?? "", body: row.bytes(2) ?? []))
            }
        }
        try rows("SELECT event, body FROM explanation ORDER BY seq") {
            .explanation(event: $0.integer(0) ?? 0, body: $0.bytes(1) ?? [])
        }
        try rows("SELECT name, sensor, started_ns, body FROM recording ORDER BY seq") { row in
            .recording(
                StoredRecording(
                    name: row.text(0) ?? "", sensor: row.text(1) ?? "",
                    started: WallTime(nanoseconds: row.integer(2) ?? 0), body: row.bytes(3) ?? []))
        }
        guard version >= 4 else { return }
        var ids: [String] = []
        try rows("SELECT id FROM workout ORDER BY number") { row in
            ids.append(row.text(0) ?? "")
            return nil
        }
        for id in ids {
            guard let workout = try WorkoutQueries.workout(id, in: database) else { continue }
            try visit(.workout(workout))
            try exportFrames(of: workout, in: database, visit)
        }
        guard version >= 5 else { return }
        for entry in try StoreQueries.motions(id: nil, in: database) {
            if let motion = try StoreQueries.motion(entry.id, in: database) { try visit(.motion(motion)) }
        }
    }

    private func exportFrames(
        of workout: WorkoutEntry, in database: SQLiteDatabase, _ visit: (StoreRow) throws -> Void
    ) throws {
        var next: Int64 = 0
        while true {
            let rows = try WorkoutQueries.frames(of: workout.number, from: next, maximumBytes: 1, in: database)
            guard let row = rows.first else { return }
            next = row.first + Int64(row.count)
            try visit(
                .frames(
                    StoredFrames(
                        workout: workout.id, first: row.first, count: row.count, time: row.time, bytes: row.bytes)))
        }
    }
}
