import Clocks

/// Does what the range's file is asked, on the thread that it lives on. Whenever something fails it lets go of the file,
/// so that the next job is to open it again.
final class RangeWriter {
    private let path: String
    private let limits: RangeLimits
    private let files: DatabaseFiles
    private var connection: RangeConnection?
    private var lock: DatabaseLock?
    private var commitsUntilMaintenance = 0

    private static let commitsBetweenMaintenance = 64
    private static let maximumDamagedFiles = 3
    /// Where nothing is kept: SQLite's name for a database without a file.
    static let memory = ":memory:"

    init(path: String, limits: RangeLimits) {
        self.path = path
        self.limits = limits
        files = DatabaseFiles(path: path)
    }

    func perform(_ job: RangeJob) -> RangeOutcome {
        do {
            switch job {
            case .open(let damage): return .opened(try open(damage))
            case .commit(let changes):
                try commit(changes)
                return .committed
            case .close:
                try? connection?.database.execute("PRAGMA wal_checkpoint(TRUNCATE)", activity: "closing")
                connection = nil
                lock = nil
                return .closed
            }
        } catch {
            connection = nil
            return .failed(StoreError(wrapping: error, path: path))
        }
    }

    /// Asks something of the open file.
    func read<Answer>(_ question: (SQLiteDatabase) throws -> Answer) throws(StoreError) -> Answer {
        guard let connection else {
            throw StoreError(.cannotOpen, path: path, detail: "the range's file is not open")
        }
        do {
            return try question(connection.database)
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    private func open(_ damage: StoreError?) throws -> StoredRangeState {
        connection = nil
        var opening = StoredRangeState()
        if path != Self.memory {
            try files.createDirectory()
            lock = nil
            lock = try DatabaseLock(for: path)
            if damage != nil {
                opening.movedAside = try files.moveAside(at: SystemClock.wall())
                _ = files.deleteDamaged(keeping: Self.maximumDamagedFiles)
            }
        }
        let connection = try RangeConnection(path: path, maximumMegabytes: limits.megabytes)
        opening.wasCreated = connection.wasCreated
        try RunQueries.loadState(from: connection.database, into: &opening)
        // Nobody knows how many runs the old file had seen; seconds since 1970 are more than anybody shoots.
        if opening.movedAside != nil { opening.lastRun = SystemClock.wall().nanoseconds / 1_000_000_000 }
        self.connection = connection
        return opening
    }

    private func commit(_ changes: [RangeWrite]) throws {
        guard let connection else {
            throw StoreError(.cannotOpen, path: path, detail: "the range's file is not open")
        }
        try connection.database.inTransaction("writing \(changes.count) changes") {
            for change in changes { try connection.perform(change) }
            if commitsUntilMaintenance == 0 { try connection.deleteExcess(limits) }
        }
        commitsUntilMaintenance =
            commitsUntilMaintenance == 0 ? Self.commitsBetweenMaintenance : commitsUntilMaintenance - 1
        if connection.database.fileHasMoved {
            throw StoreError(.fileGone, path: path, detail: "the open file has lost its name")
        }
    }
}

extension StoreError {
    fileprivate init(wrapping error: any Error, path: String) {
        self =
            switch error {
            case let error as StoreError: error
            case let error as SQLiteError: StoreError(error, path: path)
            default: StoreError(.unexpected, path: path, detail: "\(error)")
            }
    }
}
