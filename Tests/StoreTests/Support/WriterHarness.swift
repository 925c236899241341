import Clocks

@testable import Store

/// A writer, driven by hand: answers become values or thrown failures.
final class WriterHarness {
    private let writer: JournalWriter
    private let retention: RetentionPolicy
    private(set) var events: [StoreEvent] = []

    init(path: String, _ adjust: (inout JournalOptions) -> Void = { _ in }) {
        var options = JournalOptions(path: path)
        adjust(&options)
        writer = JournalWriter(options)
        retention = options.retention
    }

    convenience init(_ folder: TemporaryFolder, _ adjust: (inout JournalOptions) -> Void = { _ in }) {
        self.init(path: folder.journal, adjust)
    }

    func open(_ identity: JournalIdentity = JournalIdentity(), moveAside: StoreError? = nil) throws -> OpenedJournal {
        guard case .opened(let opening) = try perform(.open(identity, moveAside: moveAside)) else {
            throw UnexpectedOutcome()
        }
        return opening
    }

    func commit(_ entries: [JournalEntry], cursors: [String: Int64] = [:], mark: Int64? = nil) throws -> CommitReceipt {
        let batch = JournalBatch(entries: entries.map { PendingEntry($0, .telemetry) }, cursors: cursors, mark: mark)
        guard case .committed(let receipt) = try perform(.commit(batch)) else { throw UnexpectedOutcome() }
        return receipt
    }

    func maintain(_ policy: RetentionPolicy? = nil, checkpoint: Bool = false) throws -> MaintenanceReport {
        guard case .maintained(let report) = try perform(.maintain(policy ?? retention, checkpoint: checkpoint)) else {
            throw UnexpectedOutcome()
        }
        return report
    }

    func close(last: Int64 = 0) throws {
        guard case .closed = try perform(.close(JournalIdentity(lastSequence: last))) else { throw UnexpectedOutcome() }
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

    private enum Answer {
        case opened(OpenedJournal)
        case committed(CommitReceipt)
        case maintained(MaintenanceReport)
        case closed
    }

    private struct UnexpectedOutcome: Error {}

    private func perform(_ job: JournalJob) throws -> Answer {
        switch writer.perform(job) {
        case .opened(let opening, let news):
            events += news
            return .opened(opening)
        case .committed(let receipt): return .committed(receipt)
        case .maintained(let report): return .maintained(report)
        case .closed: return .closed
        case .failed(let failure, let news):
            events += news
            throw failure
        }
    }
}

extension TemporaryFolder {
    /// All entries on the disk, read on a connection of the test's own.
    func entries(after sequence: Int64 = 0, kinds: Set<String>? = nil) throws -> [JournalEntry] {
        try JournalReader(path: journal, limits: JournalReadLimits())
            .page(after: sequence, limit: .max, kinds: kinds).entries
    }

    /// "ok", or what SQLite finds wrong with the file.
    func integrity() throws -> String? {
        let database = try SQLiteDatabase(path: journal, access: .readOnly, activity: "testing")
        return try database.text("PRAGMA integrity_check", activity: "testing")
    }
}
