import Clocks

/// Reads of workouts, as SQL.
enum WorkoutQueries {
    private static let activity = "reading workouts"

    /// The last frames of a workout; those of the workout `number` have the keys from `number << 32`.
    private static let lastFrames = """
        (SELECT max(key) FROM workout_frames WHERE key BETWEEN number << 32 AND number << 32 | 0xFFFFFFFF)
        """

    /// Newest first, with their summaries. - Parameter number: where the page before ended.
    static func page(
        before number: Int64?, limit: Int, maximumBytes: Int, in database: SQLiteDatabase
    ) throws(SQLiteError) -> WorkoutPage {
        let statement = try database.prepare(
            """
            SELECT number, id, created_ns, updated_ns, count, key & 0xFFFFFFFF, t_ns, coalesce(summary, workout.body)
            FROM workout LEFT JOIN workout_frames ON key = \(lastFrames)
            WHERE number < ?1 ORDER BY number DESC LIMIT ?2
            """, activity: activity)
        try statement.bind(number ?? .max, at: 1)
        try statement.bind(Int64(limit) + 1, at: 2)
        var page = WorkoutPage()
        var bytes = 0
        while try statement.step() {
            guard page.entries.count < limit, bytes < maximumBytes else {
                page.next = page.entries.last?.number
                break
            }
            let entry = entry(statement)
            bytes += entry.document.count
            page.entries.append(entry)
        }
        page.total = try database.integer("SELECT count(*) FROM workout", activity: activity) ?? 0
        return page
    }

    /// A workout with its whole document; nil if there is none.
    static func workout(_ id: String, in database: SQLiteDatabase) throws(SQLiteError) -> WorkoutEntry? {
        let statement = try database.prepare(
            """
            SELECT number, id, created_ns, updated_ns, count, key & 0xFFFFFFFF, t_ns, workout.body
            FROM workout LEFT JOIN workout_frames ON key = \(lastFrames) WHERE id = ?1
            """, activity: activity)
        try statement.bind(id, at: 1)
        return try statement.step() ? entry(statement) : nil
    }

    /// Rows of frames in order, from the row that contains frame `first`, until they reach `maximumBytes`.
    static func frames(
        of number: Int64, from first: Int64, maximumBytes: Int, in database: SQLiteDatabase
    ) throws -> [StoredFrames] {
        let statement = try database.prepare(
            """
            SELECT key & 0xFFFFFFFF, count, t_ns, size, body FROM workout_frames
            WHERE key BETWEEN
                    coalesce(
                        (SELECT max(key) FROM workout_frames WHERE key BETWEEN ?1 << 32 AND ?1 << 32 | ?2),
                        ?1 << 32 | ?2)
                AND ?1 << 32 | 0xFFFFFFFF
            ORDER BY key
            """, activity: "reading frames")
        try statement.bind(number, at: 1)
        try statement.bind(first, at: 2)
        var rows: [StoredFrames] = []
        var bytes = 0
        while bytes < maximumBytes, try statement.step() {
            let start = statement.integer(0) ?? 0
            let size = Int(clamping: statement.integer(3) ?? 0)
            guard let body = FrameCompression.decompress(statement.bytes(4) ?? [], size: size) else {
                throw StoreError(
                    .corrupt, path: database.path, detail: "frames from number \(start) of a workout cannot be read")
            }
            let row = StoredFrames(
                workout: "", first: start, count: Int(clamping: statement.integer(1) ?? 0),
                time: WallTime(nanoseconds: statement.integer(2) ?? 0), bytes: body)
            guard row.first + Int64(row.count) > first else { continue }
            bytes += size
            rows.append(row)
        }
        return rows
    }

    private static func entry(_ row: SQLiteStatement) -> WorkoutEntry {
        let lastFrame = row.integer(6).map { WallTime(nanoseconds: $0) }
        let updated = WallTime(nanoseconds: row.integer(3) ?? 0)
        return WorkoutEntry(
            number: row.integer(0) ?? 0, id: row.text(1) ?? "", created: WallTime(nanoseconds: row.integer(2) ?? 0),
            updated: max(updated, lastFrame ?? updated), frames: (row.integer(4) ?? 0) + (row.integer(5) ?? 0),
            document: row.bytes(7) ?? [])
    }
}

extension DataStore {
    /// Workouts with their summaries, newest first. - Parameter before: where the page before ended.
    package func workouts(
        before number: Int64?, limit: Int, maximumBytes: Int
    ) async throws(StoreError) -> WorkoutPage {
        try await readAfterWrites {
            try WorkoutQueries.page(before: number, limit: limit, maximumBytes: maximumBytes, in: $0)
        }
    }

    /// A workout with its whole document; nil if there is none.
    package func workout(_ id: String) async throws(StoreError) -> WorkoutEntry? {
        try await readAfterWrites { try WorkoutQueries.workout(id, in: $0) }
    }

    /// Rows of frames in order, from the row that contains frame `first`; at least one, if there is any.
    package func frames(
        of number: Int64, from first: Int64, maximumBytes: Int
    ) async throws(StoreError) -> [StoredFrames] {
        try await readAfterWrites {
            try WorkoutQueries.frames(of: number, from: first, maximumBytes: maximumBytes, in: $0)
        }
    }

    /// The size that a document will have with these members, computed on the reader's thread.
    package func size(
        of workout: WorkoutEntry, merging members: WorkoutDocument
    ) async throws(StoreError) -> Int {
        try await read(afterWrites: false) { _ in
            try WorkoutDocument(stored: workout.document).merging(members).body.count
        }
    }

    /// Reads a client's document on the reader's thread, because it may be large.
    package func workoutDocument(
        parsing json: [UInt8], maximumBytes: Int
    ) async throws(StoreError) -> Result<WorkoutDocument, WorkoutDocument.Reject> {
        try await read(afterWrites: false) { _ in
            Result { () throws(WorkoutDocument.Reject) in
                try WorkoutDocument(parsing: json, maximumBytes: maximumBytes)
            }
        }
    }
}
