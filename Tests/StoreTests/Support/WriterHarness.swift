import CSQLite
import Clocks
import Synchronization

@testable import Store

/// Drives a writer directly: outcomes become values or thrown errors.
final class WriterHarness {
    private let writer: StoreWriter
    private let retention: RetentionPolicy
    /// Synchronised, and as late as the test says.
    let clock = TestClock()
    private(set) var events: [StoreEvent] = []

    init(path: String, _ adjust: (inout StoreOptions) -> Void = { _ in }) {
        var options = StoreOptions(path: path)
        options.clock = { [clock] in clock.reading }
        adjust(&options)
        writer = StoreWriter(options)
        retention = options.retention
    }

    convenience init(_ folder: TemporaryFolder, _ adjust: (inout StoreOptions) -> Void = { _ in }) {
        self.init(path: folder.database, adjust)
    }

    func open(_ identity: StoreIdentity = StoreIdentity(), moveAside: StoreError? = nil) throws -> OpenedStore {
        guard case .opened(let opened, _) = try perform(.open(identity, moveAside: moveAside)) else {
            throw UnexpectedOutcome()
        }
        return opened
    }

    func commit(
        _ entries: [JournalEntry] = [], writes: [StoreWrite] = [], cursors: [String: Int64] = [:], mark: Int64? = nil
    ) throws -> CommitReceipt {
        let batch = StoreBatch(entries, writes: writes, cursors: cursors, mark: mark)
        guard case .committed(let receipt) = try perform(.commit(batch)) else { throw UnexpectedOutcome() }
        return receipt
    }

    func maintain(_ policy: RetentionPolicy? = nil, checkpoint: Bool = false) throws -> MaintenanceReport {
        guard case .maintained(let report) = try perform(.maintain(policy ?? retention, checkpoint: checkpoint)) else {
            throw UnexpectedOutcome()
        }
        return report
    }

    /// Maintains until there is nothing more to do.
    @discardableResult
    func maintainFully(_ policy: RetentionPolicy? = nil) throws -> [MaintenanceReport] {
        var reports = [try maintain(policy)]
        while reports.last?.hasMore == true { reports.append(try maintain(policy)) }
        return reports
    }

    /// The bytes of the connection's cache.
    func cacheBytes() throws -> Int32 {
        var (used, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(try writer.database().handle, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0)
        return used
    }

    func close(last: Int64 = 0) throws {
        guard case .closed = try perform(.close(StoreIdentity(lastSequence: last))) else { throw UnexpectedOutcome() }
    }

    func openError() -> StoreError? {
        do {
            _ = try open()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    func commitError(_ entries: [JournalEntry]) -> StoreError? {
        do {
            _ = try commit(entries)
            return nil
        } catch {
            return error as? StoreError
        }
    }

    private struct UnexpectedOutcome: Error {}

    private func perform(_ job: StoreJob) throws -> StoreOutcome {
        let outcome = writer.perform(job)
        switch outcome {
        case .opened(_, let events): self.events += events
        case .committed, .maintained, .closed: break
        case .failed(let error, let events):
            self.events += events
            throw error
        }
        return outcome
    }
}

/// Clocks that a test sets.
final class TestClock: Sendable {
    private let time: Mutex<ClockTrust.Reading>

    init() {
        let begin = Moment(monotonic: .seconds(1_000), wall: SystemClock.wall())
        time = Mutex(ClockTrust.Reading(begin, isSynchronised: true))
    }

    var reading: ClockTrust.Reading { time.withLock { $0 } }

    /// Both clocks run on, and then the wall clock is set.
    func advance(by span: Nanoseconds, jumping jump: Nanoseconds = .zero) {
        time.withLock { time in
            let moment = time.moment
            time.moment = Moment(monotonic: moment.monotonic + span, wall: moment.wall + span + jump)
        }
    }
}

extension TemporaryFolder {
    /// All entries on the disk, read on a connection of the test's own.
    func entries(after sequence: Int64 = 0, kinds: Set<String>? = nil) throws -> [JournalEntry] {
        let database = try SQLiteDatabase(path: database, access: .readOnly, activity: "testing")
        return try StoreQueries.entries(after: sequence, limit: .max, kinds: kinds, StoreReadLimits(), in: database)
            .entries
    }

    /// "ok", or what SQLite finds wrong with the file.
    func integrity() throws -> String? {
        let database = try SQLiteDatabase(path: database, access: .readOnly, activity: "testing")
        return try database.text("PRAGMA integrity_check", activity: "testing")
    }
}
