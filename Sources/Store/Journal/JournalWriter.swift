import Clocks

/// Does the journal's jobs, on the thread that it lives on. Whenever one fails it lets go of the file, so that the next
/// job is to open it again.
final class JournalWriter {
    private let options: JournalOptions
    private let files: DatabaseFiles
    private var connection: JournalConnection?
    private var lock: DatabaseLock?

    init(_ options: JournalOptions) {
        self.options = options
        files = DatabaseFiles(path: options.path)
    }

    func perform(_ job: JournalJob) -> JournalOutcome {
        var notices: [StoreEvent] = []
        do {
            switch job {
            case .open(let identity, let damage):
                return .opened(try open(identity, damage, &notices), notices)
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
            return .failed(failure(error), notices)
        }
    }

    private func open(
        _ identity: JournalIdentity, _ damage: StoreError?, _ notices: inout [StoreEvent]
    ) throws -> OpenedJournal {
        connection = nil
        try files.createDirectory()
        // Anew each time: whoever deleted the journal may have deleted the file of the lock with it.
        lock = nil
        lock = try DatabaseLock(for: options.path)
        var identity = identity
        if let damage { notices += try quarantine(damage, &identity) }
        let connection = try JournalConnection(options)
        let found = try connection.lastSequence()
        guard found <= OpenedJournal.highestPlausibleSequence else {
            throw StoreError(.corrupt, path: options.path, detail: "its last entry has the number \(found)")
        }
        let wasClosed = try connection.number(.isClosed) == 1
        let gatewayID = try options.gatewayID ?? connection.text(.gatewayID) ?? identity.gatewayID ?? Self.generateID()
        try connection.database.inTransaction("signing the journal") {
            if connection.wasCreated {
                try connection.set(.createdAt, to: SystemClock.wall().nanoseconds)
                try connection.set(.sequence, to: identity.lastSequence)
            } else if !wasClosed, identity.gatewayID == nil {
                // Written down here and now, so that two crashes in a row cannot make two processes give out the same
                // numbers. A process that opens it once more knows itself how far it has counted.
                try connection.set(.sequence, to: found + OpenedJournal.numbersSkippedAfterCrash)
            }
            try connection.set(.gatewayID, to: gatewayID)
            try connection.set(.isClosed, to: 0)
        }
        self.connection = connection
        return OpenedJournal(
            path: options.path, gatewayID: gatewayID, lastSequence: try connection.lastSequence(),
            lastStored: try connection.lastStored(), wasCreated: connection.wasCreated,
            wasClosedCleanly: wasClosed || connection.wasCreated, cursors: try connection.cursors())
    }

    private func commit(_ batch: JournalBatch) throws -> CommitReceipt {
        let connection = try open()
        let began = SystemClock.monotonic()
        var written = 0
        try connection.database.inTransaction("committing \(batch.entries.count) entries") {
            for waiting in batch.entries where try connection.insert(waiting.entry) { written += 1 }
            for (follower, sequence) in batch.cursors { try connection.setCursor(of: follower, to: sequence) }
            if let mark = batch.mark { try connection.set(.sequence, to: mark) }
        }
        // Looked at afterwards, so that entries never count as kept which went into a file without a name.
        try checkFileExists(connection)
        return CommitReceipt(
            entries: written, alreadyStored: batch.entries.count - written,
            through: batch.entries.last?.entry.sequence, duration: SystemClock.monotonic() - began)
    }

    private func maintain(_ policy: RetentionPolicy, checkpoint: Bool) throws -> MaintenanceReport {
        let connection = try open()
        try checkFileExists(connection)
        var report = try connection.runMaintenance(by: policy, now: SystemClock.wall())
        if checkpoint {
            try connection.checkpoint(.passive)
            report.checkpointed = true
        }
        return report
    }

    private func close(_ identity: JournalIdentity) throws {
        let connection = try open()
        try connection.database.inTransaction("closing the journal") {
            try connection.set(.sequence, to: max(identity.lastSequence, try connection.lastSequence()))
            try connection.set(.isClosed, to: 1)
        }
        try connection.checkpoint(.truncate)
        self.connection = nil
        lock = nil
    }

    private func open() throws -> JournalConnection {
        guard let connection else {
            throw StoreError(.cannotOpen, path: options.path, detail: "the journal is not open")
        }
        return connection
    }

    private func checkFileExists(_ connection: JournalConnection) throws {
        guard connection.database.fileHasMoved else { return }
        throw StoreError(.fileGone, path: options.path, detail: "the open file has lost its name")
    }

    private func failure(_ error: any Error) -> StoreError {
        switch error {
        case let error as StoreError: error
        case let error as SQLiteError: StoreError(error, path: options.path)
        default: StoreError(.unexpected, path: options.path, detail: "\(error)")
        }
    }

    private static func generateID() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return "gw-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Damaged files.
extension JournalWriter {
    private func quarantine(_ damage: StoreError, _ identity: inout JournalIdentity) throws -> [StoreEvent] {
        let saved = JournalSalvage.identity(in: options.path)
        identity.gatewayID = identity.gatewayID ?? saved.gatewayID
        identity.lastSequence = max(identity.lastSequence, saved.lastSequence)
        // Not a number of the old journal could be read. Milliseconds since 1970 are above whatever they were.
        if identity.lastSequence == 0 {
            identity.lastSequence = SystemClock.wall().nanoseconds / 1_000_000
        }
        let target = try files.moveAside(at: SystemClock.wall())
        let deleted = files.deleteDamaged(keeping: options.maximumDamagedFiles)
        return [.movedAside(to: target, damage)] + deleted.map { .deletedDamaged($0) }
    }
}
