import Clocks
import Text

/// Performs the store's jobs, on the writer's thread. Whenever one fails it closes the file, so that the next job is to
/// reopen it.
final class StoreWriter {
    private let options: StoreOptions
    private let files: DatabaseFiles?
    private var connection: StoreConnection? {
        didSet { retention = nil }
    }
    private var retention: StoreRetention?
    private var clockTrust = ClockTrust()
    /// The highest number of an event that an earlier process has stored.
    private var inheritedThrough: Int64?
    private var lock: DatabaseLock?

    init(_ options: StoreOptions) {
        self.options = options
        files = options.path.map(DatabaseFiles.init)
    }

    var path: String { options.path ?? StoreConnection.memory }

    func perform(_ job: StoreJob) -> StoreOutcome {
        var events: [StoreEvent] = []
        do {
            switch job {
            case .open(let identity, let damage):
                return .opened(try open(identity, damage, &events), events)
            case .commit(let batch):
                return .committed(try commit(batch))
            case .maintain(let policy, let checkpoint):
                return .maintained(try maintain(policy, checkpoint: checkpoint))
            case .close(let identity):
                try close(identity)
                return .closed
            }
        } catch {
            connection = nil
            return .failed(StoreError(wrapping: error, path: path), events)
        }
    }

    /// The open database.
    func database() throws(StoreError) -> SQLiteDatabase { try openConnection().database }

    private func open(
        _ inherited: StoreIdentity, _ damage: StoreError?, _ events: inout [StoreEvent]
    ) throws -> OpenedStore {
        connection = nil
        var identity = inherited
        var damaged: String?
        if let files {
            try files.createDirectory()
            // Acquired again each time: the lock file may have been deleted together with the database.
            lock = nil
            lock = try DatabaseLock(for: files.path)
            if damage == nil {
                try files.checkLength()
            } else {
                StoreImport.inheritIdentity(of: files.path, &identity)
                damaged = try files.moveAside(at: SystemClock.wall())
            }
        }
        let connection = try StoreConnection(options)
        let found = try connection.lastSequence()
        guard found <= OpenedStore.highestPlausibleSequence else {
            throw StoreError(.corrupt, path: path, detail: "its last event has the number \(found)")
        }
        let lastRun = try connection.lastRun()
        guard 0...OpenedStore.highestPlausibleRun ~= lastRun else {
            throw StoreError(.corrupt, path: path, detail: "its last run has the number \(lastRun)")
        }
        var imports = StoreImport(connection)
        defer { events += imports.events }
        if let damage, let damaged, let files {
            imports.salvage(damaged, damage)
            events += files.deleteDamaged(keeping: options.maximumDamagedFiles).map { .deletedDamaged($0) }
        }
        if files != nil { try imports.importLegacy(options.legacy) }
        try imports.ensureLastRun()
        try connection.limitSize(by: options.retention)
        let wasClosed = try connection.number(.isClosed) == 1
        let gatewayID = try sign(connection, identity, wasClosed: wasClosed, lastSequence: found)
        self.connection = connection
        var opened = OpenedStore(
            path: path, gatewayID: gatewayID, lastSequence: try connection.lastSequence(),
            lastStored: try connection.lastStored(), wasCreated: connection.wasCreated,
            wasClosedCleanly: wasClosed || connection.wasCreated, cursors: try connection.cursors())
        opened.lastTime = try connection.usage().newest?.time
        opened.state = try StoreQueries.state(of: connection.database)
        inheritedThrough = inheritedThrough ?? opened.lastStored
        return opened
    }

    /// Marks the database as being in use; returns the id of the gateway.
    private func sign(
        _ connection: StoreConnection, _ identity: StoreIdentity, wasClosed: Bool, lastSequence: Int64
    ) throws -> String {
        let gatewayID = try options.gatewayID ?? connection.text(.gatewayID) ?? identity.gatewayID ?? Self.generateID()
        try connection.database.inTransaction("signing the store") {
            if connection.wasCreated {
                try connection.set(.createdAt, to: SystemClock.wall().nanoseconds)
                try connection.set(.sequence, to: identity.lastSequence)
                // The entries of a file that was replaced are not in this one.
                for group in JournalGroup.allCases where identity.lastSequence > 0 {
                    try connection.set(.deletedThrough(group), to: identity.lastSequence)
                }
            } else if !wasClosed, identity.gatewayID == nil {
                // Written here and now, so that two crashes in a row cannot make two processes assign the same
                // numbers. A process that reopens the file knows which numbers it has assigned.
                try connection.set(.sequence, to: lastSequence + OpenedStore.sequencesSkippedAfterCrash)
            }
            try connection.set(.gatewayID, to: gatewayID)
            try connection.set(.isClosed, to: 0)
        }
        return gatewayID
    }

    private func commit(_ batch: StoreBatch) throws -> CommitReceipt {
        let connection = try openConnection()
        let began = SystemClock.monotonic()
        var written = 0
        try connection.database.inTransaction("committing \(batch.count) changes") {
            for pending in batch.entries where try connection.insert(pending.entry) { written += 1 }
            for write in batch.writes { try connection.perform(write) }
            for (follower, sequence) in batch.cursors { try connection.setCursor(of: follower, to: sequence) }
            if let mark = batch.mark { try connection.set(.sequence, to: mark) }
        }
        // Checked afterwards, so that entries never count as stored that went into a deleted file.
        try checkFileExists(connection)
        return CommitReceipt(
            entries: written, alreadyStored: batch.entries.count - written,
            through: batch.entries.last?.entry.sequence, duration: SystemClock.monotonic() - began)
    }

    private func maintain(_ policy: RetentionPolicy, checkpoint: Bool) throws -> MaintenanceReport {
        let connection = try openConnection()
        try checkFileExists(connection)
        let retention = try self.retention ?? StoreRetention(connection)
        self.retention = retention
        let expiry = expiry(policy, options.clock())
        var report = try retention.run(by: policy, expiry)
        report.expiresByAge = expiry != nil
        if checkpoint {
            try connection.checkpoint(.passive)
            // The store is idle.
            connection.database.releaseMemory()
            report.checkpointed = true
        }
        return report
    }

    /// Nil while the clock cannot be trusted.
    private func expiry(_ policy: RetentionPolicy, _ reading: ClockTrust.Reading) -> RetentionPolicy.Expiry? {
        guard clockTrust.observe(reading) else { return nil }
        let isOlderThanLimit = clockTrust.uptime >= .seconds(86_400) * Int64(policy.days ?? 0)
        return RetentionPolicy.Expiry(
            now: reading.moment.wall, through: isOlderThanLimit ? .max : inheritedThrough ?? .max)
    }

    private func close(_ identity: StoreIdentity) throws {
        let connection = try openConnection()
        try connection.database.inTransaction("closing the store") {
            try connection.set(.sequence, to: max(identity.lastSequence, try connection.lastSequence()))
            try connection.set(.isClosed, to: 1)
            if connection.groupBytes.isComplete { try connection.writeGroupBytes(connection.groupBytes) }
        }
        try connection.checkpoint(.truncate)
        self.connection = nil
        lock = nil
    }

    private func openConnection() throws(StoreError) -> StoreConnection {
        guard let connection else { throw StoreError(.cannotOpen, path: path, detail: "the store is not open") }
        return connection
    }

    private func checkFileExists(_ connection: StoreConnection) throws {
        guard connection.database.fileHasMoved else { return }
        throw StoreError(.fileGone, path: path, detail: "the open file has no name any more")
    }

    private static func generateID() -> String {
        "gw-" + Hexadecimal.text(UInt64.random(in: 0...UInt64.max), digits: 16)
    }
}

/// Reads the database on a connection and a thread of its own, so that no read delays a commit.
final class StoreReader {
    private let path: String
    private var opened: SQLiteDatabase?

    init(path: String) {
        self.path = path
    }

    func read<Answer>(_ query: (SQLiteDatabase) throws -> Answer) throws(StoreError) -> Answer {
        do {
            return try query(try database())
        } catch {
            opened = nil
            throw StoreError(wrapping: error, path: path)
        }
    }

    /// The store is idle.
    func releaseMemory() {
        opened?.releaseMemory()
    }

    private func database() throws(SQLiteError) -> SQLiteDatabase {
        if let opened, !opened.fileHasMoved { return opened }
        opened = nil
        let activity = "opening the store for reading"
        let database = try SQLiteDatabase(path: path, access: .readOnly, activity: activity)
        try database.execute(
            "PRAGMA cache_size = -512; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF", activity: activity)
        opened = database
        return database
    }
}
