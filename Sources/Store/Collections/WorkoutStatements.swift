/// The prepared statements that change workouts.
final class WorkoutStatements {
    private let insert: SQLiteStatement
    private let select: SQLiteStatement
    private let update: SQLiteStatement
    private let deleteFrames: SQLiteStatement
    private let delete: SQLiteStatement
    private let insertFrames: SQLiteStatement
    private let database: SQLiteDatabase
    /// What workouts take; nil until they have been counted.
    private(set) var bytes: Int?

    init(_ database: SQLiteDatabase) throws(SQLiteError) {
        self.database = database
        // Writing one again, after a commit with an unknown outcome, is no error.
        insert = try database.prepare(
            """
            INSERT INTO workout(id, created_ns, updated_ns, summary, body) VALUES(?1, ?2, ?2, ?3, ?4)
            ON CONFLICT(id) DO NOTHING
            """, activity: "writing a workout")
        select = try database.prepare("SELECT body FROM workout WHERE id = ?1", activity: "changing a workout")
        update = try database.prepare(
            "UPDATE workout SET updated_ns = max(updated_ns, ?2), summary = ?3, body = ?4 WHERE id = ?1",
            activity: "changing a workout")
        deleteFrames = try database.prepare(
            """
            DELETE FROM workout_frames
            WHERE key BETWEEN (SELECT number << 32 FROM workout WHERE id = ?1)
                AND (SELECT number << 32 | 0xFFFFFFFF FROM workout WHERE id = ?1)
            """, activity: "deleting the frames of a workout")
        delete = try database.prepare("DELETE FROM workout WHERE id = ?1", activity: "deleting a workout")
        // Frames of a workout that has been deleted are not stored.
        insertFrames = try database.prepare(
            """
            INSERT INTO workout_frames(key, count, t_ns, size, body)
            SELECT number << 32 | ?2, ?3, ?4, ?5, ?6 FROM workout WHERE id = ?1
            ON CONFLICT(key) DO NOTHING
            """, activity: "writing frames")
    }

    func insert(_ workout: StoredWorkout) throws(SQLiteError) {
        try insert.bind(workout.id, at: 1)
        try insert.bind(workout.created.nanoseconds, at: 2)
        try bind(workout.document, to: insert)
        try insert.run()
        count(database.changes > 0 ? workout.document.body.count : 0)
    }

    func change(_ change: WorkoutChange) throws(SQLiteError) {
        guard let old = try body(of: change.id) else { return }
        // A document that cannot be read any more is damaged: what the client sends now replaces it.
        let merged = (try? WorkoutDocument(stored: old).merging(change.members)) ?? change.members
        try update.bind(change.id, at: 1)
        try update.bind(change.time.nanoseconds, at: 2)
        try bind(merged, to: update)
        try update.run()
        count(merged.body.count - old.count)
    }

    func delete(_ id: String) throws(SQLiteError) {
        for statement in [deleteFrames, delete] {
            try statement.bind(id, at: 1)
            try statement.run()
        }
        // It is counted again when it matters.
        bytes = nil
    }

    func insert(_ frames: StoredFrames) throws(SQLiteError) {
        let body = FrameCompression.compress(frames.bytes)
        try insertFrames.bind(frames.workout, at: 1)
        try insertFrames.bind(frames.first, at: 2)
        try insertFrames.bind(Int64(frames.count), at: 3)
        try insertFrames.bind(frames.time.nanoseconds, at: 4)
        try insertFrames.bind(Int64(frames.bytes.count), at: 5)
        try insertFrames.bind(blob: body, at: 6)
        try insertFrames.run()
        count(database.changes > 0 ? body.count : 0)
    }

    private func bind(_ document: WorkoutDocument, to statement: SQLiteStatement) throws(SQLiteError) {
        if let summary = document.summary {
            try statement.bind(blob: summary, at: 3)
        } else {
            try statement.bind(String?.none, at: 3)
        }
        try statement.bind(blob: document.body, at: 4)
    }

    private func body(of id: String) throws(SQLiteError) -> [UInt8]? {
        defer { select.reset() }
        try select.bind(id, at: 1)
        return try select.step() ? select.bytes(0) : nil
    }

    private func count(_ change: Int) {
        if let bytes { self.bytes = bytes + change }
    }
}

/// Retention.
extension WorkoutStatements {
    /// Deletes the oldest workouts above the limits, a few at a time, but never the newest one. True if there may be
    /// more to delete.
    func deleteExcess(by policy: RetentionPolicy) throws(SQLiteError) -> Bool {
        let activity = "deleting old workouts"
        let total = try database.integer("SELECT count(*) FROM workout", activity: activity) ?? 0
        guard total > 0 else { return false }
        let measured: Int
        if let bytes { measured = bytes } else { measured = try measure(activity) }
        bytes = measured
        guard total > 1, total > Int64(policy.workouts) || measured > policy.maximumWorkoutBytes else { return false }
        let surplus = min(Self.deletedAtATime, max(1, total - Int64(policy.workouts)))
        let oldest = try database.prepare("SELECT id FROM workout ORDER BY number LIMIT ?1", activity: activity)
        try oldest.bind(surplus, at: 1)
        var ids: [String] = []
        while try oldest.step() { ids.append(oldest.text(0) ?? "") }
        for id in ids { try delete(id) }
        return true
    }

    /// By the length in the header of each row, without reading what it is the length of.
    private func measure(_ activity: String) throws(SQLiteError) -> Int {
        let sum = try database.integer(
            """
            SELECT (SELECT coalesce(sum(length(body)), 0) FROM workout_frames)
                + (SELECT coalesce(sum(length(body)), 0) FROM workout)
            """, activity: activity)
        return Int(clamping: sum ?? 0)
    }

    private static let deletedAtATime: Int64 = 16
}
