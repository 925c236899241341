import Clocks

/// A recording of a phone's motion: the columns that recordings are listed by, and its samples.
package struct StoredMotion: Hashable, Sendable {
    package let id: String
    package var name: String
    package let phone: String
    package let session: String?
    /// By the gateway's clock.
    package let started: WallTime
    package let duration: Nanoseconds
    package let samples: Int
    /// `swing` or `request`.
    package let trigger: String
    /// Empty in a list.
    package var body: [UInt8]

    package init(
        id: String, name: String, phone: String, session: String?, started: WallTime, duration: Nanoseconds,
        samples: Int, trigger: String, body: [UInt8]
    ) {
        self.id = id
        self.name = name
        self.phone = phone
        self.session = session
        self.started = started
        self.duration = duration
        self.samples = samples
        self.trigger = trigger
        self.body = body
    }
}

/// The prepared statements that change recordings of motion.
final class MotionStatements {
    private let insert: SQLiteStatement
    private let rename: SQLiteStatement
    private let delete: SQLiteStatement

    init(_ database: SQLiteDatabase) throws(SQLiteError) {
        insert = try database.prepare(
            """
            INSERT INTO motion(id, name, phone, session, started_ns, duration_ns, samples, origin, body)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO NOTHING
            """, activity: "writing a recording of motion")
        rename = try database.prepare(
            "UPDATE motion SET name = ?2 WHERE id = ?1", activity: "naming a recording of motion")
        delete = try database.prepare("DELETE FROM motion WHERE id = ?1", activity: "deleting a recording of motion")
    }

    func insert(_ motion: StoredMotion) throws(SQLiteError) {
        try insert.bind(motion.id, at: 1)
        try insert.bind(motion.name, at: 2)
        try insert.bind(motion.phone, at: 3)
        try insert.bind(motion.session, at: 4)
        try insert.bind(motion.started.nanoseconds, at: 5)
        try insert.bind(motion.duration.count, at: 6)
        try insert.bind(Int64(motion.samples), at: 7)
        try insert.bind(motion.trigger, at: 8)
        try insert.bind(blob: motion.body, at: 9)
        try insert.run()
    }

    func rename(_ id: String, to name: String) throws(SQLiteError) {
        try rename.bind(id, at: 1)
        try rename.bind(name, at: 2)
        try rename.run()
    }

    func delete(_ id: String) throws(SQLiteError) {
        try delete.bind(id, at: 1)
        try delete.run()
    }
}

extension StoreQueries {
    /// Without their samples, newest first; only the one with this id, if any is given.
    static func motions(id: String?, in database: SQLiteDatabase) throws(SQLiteError) -> [StoredMotion] {
        let statement = try database.prepare(
            """
            SELECT id, name, phone, session, started_ns, duration_ns, samples, origin FROM motion
            WHERE ?1 IS NULL OR id = ?1 ORDER BY seq DESC
            """, activity: "listing recordings of motion")
        try statement.bind(id, at: 1)
        var motions: [StoredMotion] = []
        while try statement.step() {
            motions.append(
                StoredMotion(
                    id: statement.text(0) ?? "", name: statement.text(1) ?? "", phone: statement.text(2) ?? "",
                    session: statement.text(3), started: WallTime(nanoseconds: statement.integer(4) ?? 0),
                    duration: Nanoseconds(statement.integer(5) ?? 0), samples: Int(statement.integer(6) ?? 0),
                    trigger: statement.text(7) ?? "", body: []))
        }
        return motions
    }

    /// With its samples; nil when there is none.
    static func motion(_ id: String, in database: SQLiteDatabase) throws(SQLiteError) -> StoredMotion? {
        guard var motion = try motions(id: id, in: database).first else { return nil }
        motion.body = try body("motion", "id", id, in: database) ?? []
        return motion
    }
}
