import CSQLite
import Clocks
import Glibc
import JSON
import Reactor

/// The files in which versions before schema 2 stored runs, devices and serial speeds. They are imported once, and then
/// renamed.
package struct LegacyFiles: Equatable, Sendable {
    /// `range.db`.
    package var range: String?
    /// `devices.json`.
    package var devices: String?
    /// `serial-rates`.
    package var serialRates: String?

    package init() {}

    /// Appended to the name of an imported file.
    package static let migratedSuffix = ".migrated"
    /// Appended to the name of a file that cannot be understood.
    package static let damagedSuffix = ".damaged"

    /// Whether there is anything to import, which may take a while.
    var exist: Bool { [range, devices, serialRates].contains { $0.map { access($0, F_OK) == 0 } ?? false } }
}

/// Fills a new database with what other files hold: those of earlier versions, and a damaged one that it replaces.
struct StoreImport {
    private let connection: StoreConnection
    private var lacksLastRun = false
    private(set) var events: [StoreEvent] = []

    init(_ connection: StoreConnection) {
        self.connection = connection
    }

    private var database: SQLiteDatabase { connection.database }

    private struct Table {
        let name: String
        let columns: [String]

        init(_ name: String, _ columns: String...) {
            self.name = name
            self.columns = columns
        }
    }

    /// What a gateway continues with.
    private static let state = [
        Table("run", "number", "id", "started_ns", "timer", "shooter", "stage", "state", "body"),
        Table("document", "kind", "name", "body"), Table("input", "number", "body"),
    ]
    /// What a damaged database is searched for besides: files of earlier versions have none of it.
    private static let recorded = [
        Table("workout", "number", "id", "created_ns", "updated_ns", "summary", "body"),
        Table("workout_frames", "key", "count", "t_ns", "size", "body"),
        Table(
            "motion", "seq", "id", "name", "phone", "session", "started_ns", "duration_ns", "samples", "origin", "body"),
    ]
    /// What explains events.
    private static let history = [
        Table("explanation", "seq", "event", "body"),
        Table("recording", "seq", "name", "sensor", "started_ns", "body"),
    ]

    /// Copies the rows that can be read, up to the first that cannot. Rows that exist already stay as they are.
    private func copy(
        _ table: Table, from source: SQLiteDatabase, renaming legacyNames: [String: String] = [:]
    ) throws(SQLiteError) -> (rows: Int, damage: SQLiteError?) {
        let activity = "importing the table \(table.name)"
        let columns = table.columns.map { legacyNames[$0] ?? $0 }.joined(separator: ", ")
        let parameters = table.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let insert = try database.prepare(
            """
            INSERT OR IGNORE INTO \(table.name)(\(table.columns.joined(separator: ", "))) VALUES(\(parameters))
            """, activity: activity)
        var rows = 0
        let select: SQLiteStatement
        do {
            select = try source.prepare("SELECT \(columns) FROM \(table.name)", activity: activity)
        } catch {
            return (rows, error)
        }
        while true {
            do {
                guard try select.step() else { return (rows, nil) }
            } catch {
                return (rows, error)
            }
            for column in table.columns.indices { try insert.bind(column: Int32(column), of: select) }
            do {
                try insert.run()
                rows += database.changes
            } catch  where error.primaryCode == SQLITE_CONSTRAINT {
                // A row that is not in order is damaged.
            }
        }
    }

    /// False if the source does not say which run was last.
    private func copyLastRun(from source: SQLiteDatabase) throws(SQLiteError) -> Bool {
        let last = (try? source.integer(StoreQueries.lastRun, activity: "reading the number of the last run")) ?? nil
        guard let last, 0...OpenedStore.highestPlausibleRun ~= last else { return false }
        try setLastRun(last)
        return true
    }

    private func setLastRun(_ number: Int64) throws(SQLiteError) {
        try database.execute(
            """
            DELETE FROM sqlite_sequence WHERE name = 'run';
            INSERT INTO sqlite_sequence(name, seq) VALUES('run', \(number))
            """, activity: "setting the number of the last run")
    }

    /// Sees to it that no number of a run is assigned twice if the numbers of a damaged database are unknown: seconds
    /// since 1970 are above all of them.
    func ensureLastRun() throws(SQLiteError) {
        if lacksLastRun { try setLastRun(SystemClock.wall().nanoseconds / 1_000_000_000) }
    }
}

/// Damaged databases.
extension StoreImport {
    /// Reads what can be read of the identity of a damaged database.
    static func inheritIdentity(of path: String, _ identity: inout StoreIdentity) {
        let activity = "reading a damaged store"
        // Failures are ignored: the file is damaged, and the gateway can do without.
        let database = openDamaged(path, activity)
        if let database {
            let last = try? database.integer("SELECT max(seq) FROM event", activity: activity)
            let recorded = try? database.integer(MetaKey.sequence.query, activity: activity)
            let plausible = [last, recorded].compactMap { $0 ?? nil }
                .filter { $0 <= OpenedStore.highestPlausibleSequence }
            let name = (try? database.text(MetaKey.gatewayID.query, activity: activity)) ?? nil
            identity.gatewayID = identity.gatewayID ?? name
            identity.lastSequence = max(identity.lastSequence, plausible.max() ?? 0)
        }
        // Without any known number: milliseconds since 1970 are above all that were assigned.
        if identity.lastSequence == 0 { identity.lastSequence = SystemClock.wall().nanoseconds / 1_000_000 }
    }

    /// Nil for a truncated file as well: SQLite would take it for an empty database, and delete the log beside it.
    private static func openDamaged(_ path: String, _ activity: String) -> SQLiteDatabase? {
        do {
            try DatabaseFiles(path: path).checkLength()
            return try SQLiteDatabase(path: path, access: .readOnly, busyTimeout: .zero, activity: activity)
        } catch {
            return nil
        }
    }

    /// Copies the readable runs, documents, workouts and recordings of phones of a damaged database that was moved to
    /// `path`. Events and explanations stay behind.
    mutating func salvage(_ path: String, _ damage: StoreError) {
        lacksLastRun = true
        var rows = 0
        let source = Self.openDamaged(path, "reading a damaged store")
        defer { DatabaseFiles(path: path).removeIndex() }
        if let source {
            try? database.inTransaction("salvaging a damaged store") {
                for table in Self.state + Self.recorded { rows += try copy(table, from: source).rows }
                lacksLastRun = try !copyLastRun(from: source)
            }
        }
        events.append(.movedAside(to: path, damage, salvaged: rows))
    }
}

/// Files of earlier versions.
extension StoreImport {
    mutating func importLegacy(_ files: LegacyFiles) throws {
        if let path = files.range, isImportable(path) {
            if try connection.number(.importedRange) == 1 { move(path) } else { try importRange(path) }
        }
        if let path = files.devices { try importText(path, .importedDevices, Self.devices) }
        if let path = files.serialRates { try importText(path, .importedSerialRates, Self.serialRates) }
    }

    /// Whether there is a file. Anything else under this name, such as a named pipe, is reported and left alone.
    private mutating func isImportable(_ path: String) -> Bool {
        var info = stat()
        guard stat(path, &info) == 0 else { return false }
        guard info.st_mode & S_IFMT != S_IFREG else { return true }
        events.append(.importFailed(from: path, movedTo: nil, reason: "it is not a regular file; remove or rename it"))
        return false
    }

    private mutating func importRange(_ path: String) throws {
        let damage: String?
        do {
            damage = try copyRange(path)
        } catch {
            let error = StoreError(wrapping: error, path: path)
            // Other failures may be temporary: the store is not opened before the runs can be imported.
            guard error.path == path, error.reason == .corrupt || error.reason == .foreign else { throw error }
            damage = error.detail
            if error.reason == .foreign {
                events.append(.importFailed(from: path, movedTo: nil, reason: error.description))
                return
            }
            lacksLastRun = true
        }
        if let damage { reportDamage(of: path, damage) } else { move(path) }
        unlink(path + ".lock")
    }

    /// Returns what is damaged, if anything.
    private mutating func copyRange(_ path: String) throws -> String? {
        try DatabaseFiles(path: path).checkLength()
        // For writing, because a gateway that was killed has left a log to be recovered.
        let source = try SQLiteDatabase(path: path, access: .readWrite, activity: "opening the runs to import")
        _ = try StoreSchema.version(of: source, applicationID: StoreSchema.rangeApplicationID, known: 1)
        var rows = 0
        var damage: SQLiteError?
        do {
            try database.inTransaction("importing runs") {
                for table in Self.state + Self.history {
                    let copied = try copy(table, from: source, renaming: ["kind": "shelf"])
                    rows += copied.rows
                    damage = damage ?? copied.damage
                }
                lacksLastRun = try !copyLastRun(from: source)
                try connection.set(.importedRange, to: 1)
            }
        } catch {
            // This is an error of the new database, not of the file that is imported.
            throw StoreError(wrapping: error, path: database.path)
        }
        if damage == nil { events.append(.imported(from: path, rows: rows)) }
        return damage?.description
    }

    private struct Unreadable: Error {
        let reason: String
    }

    /// More than all devices or speeds that were ever stored.
    private static let maximumTextBytes = 1 << 20

    private mutating func importText(
        _ path: String, _ key: MetaKey, _ decode: ([UInt8]) throws(Unreadable) -> [StoredDocument]
    ) throws {
        guard isImportable(path) else { return }
        if try connection.number(key) == 1 { return move(path) }
        let bytes = try Self.read(path)
        let documents: [StoredDocument]
        do throws(Unreadable) {
            guard bytes.count <= Self.maximumTextBytes else {
                throw Unreadable(reason: "it is larger than \(Self.maximumTextBytes) bytes")
            }
            documents = try decode(bytes)
        } catch {
            return reportDamage(of: path, error.reason)
        }
        try database.inTransaction("importing \(path)") {
            for document in documents {
                try connection.perform(.document(document.kind, name: document.name, body: document.body))
            }
            try connection.set(key, to: 1)
        }
        events.append(.imported(from: path, rows: documents.count))
        move(path)
    }

    /// `{"version":1,"devices":[…]}`, written by this program: anything else is a sign of damage.
    private static func devices(_ bytes: [UInt8]) throws(Unreadable) -> [StoredDocument] {
        let limits = JSONLimits(
            depth: 4, bytes: maximumTextBytes, stringBytes: 1 << 10, members: 1 << 16, numberBytes: 20)
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw Unreadable(reason: "\(error)")
        }
        guard let version = document["version"]?.integerValue else { throw Unreadable(reason: "it has no version") }
        guard version == 1 else { throw Unreadable(reason: "its version is \(version)") }
        guard let devices = document["devices"]?.arrayValue else { throw Unreadable(reason: "it has no devices") }
        return try devices.map { device throws(Unreadable) in
            guard let id = device["id"]?.stringValue else { throw Unreadable(reason: "one of its devices has no id") }
            var writer = JSONWriter()
            writer.value(device)
            return StoredDocument(kind: .device, name: id, body: writer.finish())
        }
    }

    /// A line for each device: its identity and its speed. Other lines are skipped: speeds are only hints.
    private static func serialRates(_ bytes: [UInt8]) throws(Unreadable) -> [StoredDocument] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, Int(words[1]) != nil else { return nil }
            return StoredDocument(kind: .serialRate, name: String(words[0]), body: Array(words[1].utf8))
        }
    }

    /// The bytes of a file, up to one more than the limit.
    private static func read(_ path: String) throws(StoreError) -> [UInt8] {
        do throws(SystemError) {
            // The file may have been replaced by a named pipe since it was examined.
            let file = try OwnedDescriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), from: "open \(path)")
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while bytes.count <= maximumTextBytes {
                let count = Glibc.read(file.number, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw SystemError("reading \(path)") }
                if count == 0 { break }
                bytes += buffer.prefix(count)
            }
            return bytes
        } catch {
            throw StoreError(error.code == EIO ? .inputOutput : .cannotOpen, path: path, detail: error.description)
        }
    }

    private mutating func reportDamage(of path: String, _ reason: String) {
        let target = path + LegacyFiles.damagedSuffix
        events.append(.importFailed(from: path, movedTo: target, reason: reason))
        try? DatabaseFiles(path: path).move(to: target)
    }

    /// The import is recorded in the store: if the file cannot be renamed now, the next start tries again.
    private func move(_ path: String) {
        try? DatabaseFiles(path: path).move(to: path + LegacyFiles.migratedSuffix)
    }
}
