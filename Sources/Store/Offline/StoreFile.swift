import CSQLite
import Clocks
import Glibc
import Reactor

/// The database file of a gateway, for commands beside or without a running gateway.
package struct StoreFile: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// What a file contains.
    package struct Summary: Equatable, Sendable {
        package var schemaVersion: Int
        package var gatewayID: String?
        package var fileBytes: Int
        package var events: Int64
        package var runs: Int64
        package var workouts: Int64
        package var frames: Int64
        /// Whether a gateway has closed it in order. A running gateway has not.
        package var wasClosed: Bool
    }

    /// Reads the whole file for damage. Throws if it cannot be opened or read, or is damaged.
    package func check() throws(StoreError) -> Summary {
        do {
            let database = try open()
            let activity = "checking the store"
            let finding = try database.text("PRAGMA integrity_check(1)", activity: activity)
            guard finding == "ok" else {
                throw StoreError(.corrupt, path: path, detail: finding ?? "no result")
            }
            return try summary(of: database)
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    /// Opens the file for reading. Throws if there is none, or if it is not a gateway's.
    func open() throws -> SQLiteDatabase {
        guard access(path, F_OK) == 0 else {
            throw StoreError(.cannotOpen, path: path, detail: SystemError("open \(path)").description)
        }
        try DatabaseFiles(path: path).checkLength()
        let database = try SQLiteDatabase(
            path: path, access: .readOnly, busyTimeout: .seconds(10), activity: "opening the store")
        let found = try StoreSchema.version(
            of: database, applicationID: StoreSchema.applicationID, known: StoreSchema.version)
        guard found > 0 else { throw StoreError(.foreign, path: path, detail: "it is an empty database") }
        return database
    }

    private func summary(of database: SQLiteDatabase) throws -> Summary {
        let activity = "reading the store"
        func count(_ query: String) throws -> Int64 {
            try database.integer("SELECT \(query)", activity: activity) ?? 0
        }
        let version = Int(try database.integer("PRAGMA user_version", activity: activity) ?? 0)
        let hasWorkouts = version >= 4
        return Summary(
            schemaVersion: version, gatewayID: try database.text(MetaKey.gatewayID.query, activity: activity),
            fileBytes: try Int(count("(SELECT page_count FROM pragma_page_count)"))
                * Int(count("(SELECT page_size FROM pragma_page_size)")),
            events: try count("count(*) FROM event"), runs: version >= 2 ? try count("count(*) FROM run") : 0,
            workouts: hasWorkouts ? try count("count(*) FROM workout") : 0,
            frames: hasWorkouts ? try count("coalesce(sum(count), 0) FROM workout_frames") : 0,
            wasClosed: try database.integer(MetaKey.isClosed.query, activity: activity) == 1)
    }
}

/// Copies.
extension StoreFile {
    /// Writes everything that the file contains at this moment into a new file, while a gateway may go on writing.
    package func backUp(to target: String, as copy: StoreCopy? = nil) throws(StoreError) -> Summary {
        let copy = copy ?? backup(to: target)
        do {
            let database = try open()
            try copy.begin(copying: Self.usedBytes(of: database), at: path)
            try Self.writeAtomically(to: target, copy) { partial in
                let statement = try database.prepare("VACUUM INTO ?1", activity: "writing the backup")
                try statement.bind(partial, at: 1)
                try statement.run()
            }
            return try StoreFile(path: target).check()
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    /// Replaces the file by a backup. What was there before is moved aside; returns where to. No gateway may run.
    package func restore(
        from backup: String, at time: WallTime, as copy: StoreCopy? = nil
    ) throws(StoreError) -> (Summary, replaced: String?) {
        let copy = copy ?? restoration
        do {
            try DatabaseFiles(path: path).createDirectory()
            return try whileLocked { try replace(by: StoreFile(path: backup), at: time, as: copy) }
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    private func replace(
        by backup: StoreFile, at time: WallTime, as copy: StoreCopy
    ) throws -> (Summary, replaced: String?) {
        let summary = try backup.check()
        let source = try backup.open()
        let restored = restoredPath
        try copy.begin(copying: Self.usedBytes(of: source), at: path)
        try Self.writeAtomically(to: restored, copy) { partial in try Self.copy(source, to: partial) }
        let file = try OwnedDescriptor(Glibc.open(restored, O_RDONLY | O_CLOEXEC), from: "open \(restored)")
        StateDirectory.setOwner(of: file.number, at: path)
        let replaced = access(path, F_OK) == 0 ? try DatabaseFiles(path: path).moveReplaced(at: time) : nil
        try DatabaseFiles(path: restored).move(to: path)
        try Self.synchronize(directoryOf: path)
        return (summary, replaced)
    }

    /// The gateway continues with the copy as after a crash: with numbers that it has not assigned since the backup.
    private static func copy(_ backup: SQLiteDatabase, to path: String) throws {
        let statement = try backup.prepare("VACUUM INTO ?1", activity: "copying the backup")
        try statement.bind(path, at: 1)
        try statement.run()
        let copy = try SQLiteDatabase(path: path, access: .readWrite, activity: "restoring the store")
        try copy.execute(
            "UPDATE meta SET value = 0 WHERE key = '\(MetaKey.isClosed.name)'", activity: "restoring the store")
    }

    /// Removes unused space from the file. No gateway may run. Returns the sizes before and after, in bytes.
    package func compact() throws(StoreError) -> (before: Int, after: Int) {
        do {
            return try whileLocked { try rewrite() }
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    private func rewrite() throws -> (before: Int, after: Int) {
        _ = try open()
        let activity = "compacting the store"
        let database = try SQLiteDatabase(path: path, access: .readWrite, activity: activity)
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)", activity: activity)
        let before = try size()
        try database.execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", activity: activity)
        return (before, try size())
    }

    /// Fails if a gateway uses the file.
    private func whileLocked<Result>(_ body: () throws -> Result) throws -> Result {
        let lock = try DatabaseLock(for: path)
        defer { lock.extendLifetime() }
        return try body()
    }

    private func size() throws -> Int {
        var info = stat()
        guard stat(path, &info) == 0 else { throw SystemError("stat \(path)") }
        return Int(info.st_size)
    }

    /// What a copy of the database takes.
    private static func usedBytes(of database: SQLiteDatabase) throws -> Int {
        let activity = "measuring the store"
        let pages = try database.integer("PRAGMA page_count", activity: activity) ?? 0
        let free = try database.integer("PRAGMA freelist_count", activity: activity) ?? 0
        return Int(pages - free) * Int(try database.integer("PRAGMA page_size", activity: activity) ?? 0)
    }

    /// Writes a file under another name and renames it when it is safe on the disk, so that no half of it ever has the
    /// name. Not `SmallFile.replace`: SQLite writes the file, which may be larger than the memory.
    private static func writeAtomically(
        to target: String, _ copy: StoreCopy, _ write: (_ partial: String) throws -> Void
    ) throws {
        let partial = copy.partial
        copy.removeFiles()
        do {
            try write(partial)
            try synchronize(partial)
            try copy.beginReplacing(target)
            guard rename(partial, target) == 0 else { throw SystemError("rename \(partial)") }
        } catch {
            copy.removeFiles()
            throw error
        }
        try synchronize(directoryOf: target)
    }

    private static func synchronize(directoryOf path: String) throws {
        try synchronize(Directory.path(of: path))
    }

    private static func synchronize(_ path: String) throws {
        let file = try OwnedDescriptor(Glibc.open(path, O_RDONLY | O_CLOEXEC), from: "open \(path)")
        guard fsync(file.number) == 0 else { throw SystemError("fsync \(path)") }
    }
}
