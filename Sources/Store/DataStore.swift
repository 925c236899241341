import Clocks
import Logging
import Reactor

/// The gateway's persistent data: the journal of events, runs and what explains them, documents. Changes are accepted on
/// the reactor and reach the disk a moment later; failures of the disk do not affect live data.
///
/// Two threads of its own do what blocks, one writes and one reads. They answer through the reactor's mailbox.
@ReactorActor
package final class DataStore {
    package var onEvent: ((StoreEvent) -> Void)?
    /// Called after each commit, when its changes are safe on the disk.
    package var onCommit: ((CommitReceipt) -> Void)?
    /// Called whenever a job has ended, and `status` may have changed.
    package var onChange: (() -> Void)?

    private(set) var core: StoreCore
    let options: StoreOptions
    private let timers: TimerQueue
    private let writer: SerialWorker<StoreWriter>
    /// nil in memory, where a second connection would see another database.
    private let reader: SerialWorker<StoreReader>?
    private var resetObservers: [() -> Void] = []
    private var lateOpenObservers: [(StoredState) -> Void] = []
    private var pendingReads = 0
    /// Reads that wait until the changes before them have been handed to the writer.
    private var queuedReads: [@Sendable (StoreWriter?) -> Void] = []
    /// Those who wait for entries to be written. They look again after each job.
    private var entryWaiters: [CheckedContinuation<Void, Never>] = []
    private var scheduledWork: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// nil in memory.
    private(set) var checks: StoreChecks?
    private let openAttempted = Gate()
    private let closed = Gate()
    private var isClosing = false
    private let log = ThrottledLog()

    /// How long a start waits for the import of an earlier version's files.
    private static let importTimeout = Nanoseconds.seconds(60)

    /// Begins to open the database in the next iteration of the loop. Fails only if the process has no descriptors left.
    package init(_ options: StoreOptions, timers: TimerQueue) throws(SystemError) {
        self.options = options
        self.timers = timers
        core = StoreCore(options, now: timers.now)
        writer = try SerialWorker("store-write") { StoreWriter(options) }
        if let path = options.path {
            reader = try SerialWorker("store-read") { StoreReader(path: path) }
            checks = try StoreChecks(path: path, timers: timers)
        } else {
            reader = nil
        }
        checks?.onCompletion = { [weak self] damage in
            if let damage { self?.onEvent?(.damageFound(damage, in: options.path ?? StoreConnection.memory)) }
            self?.onChange?()
        }
        scheduleWork()
    }

    deinit {
        writer.finish()
        reader?.finish()
    }

    /// Waits until the database is open, or has failed to open, but no longer than `timeout`; then returns where to go
    /// on. If the journal could not be read, that is a number above all that it may hold.
    package func start(within timeout: Nanoseconds) async -> StoreStart {
        let timeout = options.legacy.exist ? max(timeout, Self.importTimeout) : timeout
        await openAttempted.wait(timeout: timeout, timers: timers)
        let fallback = SystemClock.wall().nanoseconds / 1_000_000
        return StoreStart(
            resumeSequence: core.opening?.lastSequence ?? fallback, health: core.health, state: core.opening?.state)
    }

    /// Writes out what is buffered and closes, within `timeout`. Returns how many changes did not reach the disk.
    /// `lastSequence` is the highest sequence number assigned, whether or not its event went into the journal.
    package func close(within timeout: Nanoseconds, lastSequence: Int64? = nil) async -> Int {
        isClosing = true
        checks?.close()
        core.beginClosing(lastSequence: lastSequence, now: timers.now)
        deliverEvents()
        await closed.wait(timeout: timeout, timers: timers)
        rejectReads()
        wakeEntryWaiters()
        writer.finish()
        reader?.finish()
        return core.unwritten
    }

    /// Calls `observer` whenever a new database had to be created while the gateway runs: the observer puts into it
    /// what it has in memory.
    package func onReset(_ observer: @escaping () -> Void) {
        resetObservers.append(observer)
    }

    /// Calls `observer` with the state if the database can be opened only after the start.
    package func onLateOpen(_ observer: @escaping (StoredState) -> Void) {
        lateOpenObservers.append(observer)
    }

    /// What the gateway loads at its start; nil if the database was never open.
    package var state: StoredState? { core.opening?.state }

    /// The time of the latest event that was there at the start; nil if there was none.
    package var lastStoredTime: WallTime? { core.opening?.lastTime }
}

/// Where the gateway continues after a start.
package struct StoreStart: Equatable, Sendable {
    /// The first event gets the number after this one.
    package var resumeSequence: Int64
    package var health: StoreHealth
    /// nil if the database could not be read.
    package var state: StoredState?

    package var wasRead: Bool { state != nil }
}

/// Changes.
extension DataStore {
    /// Buffers an event for the next commit, unless it is rejected.
    @discardableResult
    package func append(_ entry: JournalEntry, _ urgency: JournalUrgency = .telemetry) -> JournalReject? {
        let result = core.append(entry, urgency, now: timers.now)
        scheduleWork(at: result.deadline)
        return result.reject
    }

    /// Whether telemetry of this source is stored now. Ask before each such entry.
    package func admitsTelemetry(from source: String) -> Bool {
        core.admitsTelemetry(from: source, now: timers.now)
    }

    /// Records that a sequence number was assigned to an event that is not stored: it must not be assigned again after
    /// a crash.
    package func skip(_ sequence: Int64) {
        if core.skip(sequence, now: timers.now) { scheduleWork() }
    }

    /// Records that a follower has received all entries up to `sequence`. False when there are too many followers.
    @discardableResult
    package func acknowledge(_ follower: String, through sequence: Int64) -> Bool {
        defer { scheduleWork() }
        return core.acknowledge(follower, through: sequence, now: timers.now)
    }

    /// Buffers a change for the next commit.
    package func put(_ change: StoreWrite) {
        if !core.put(change, now: timers.now) {
            log.warning("rejected", "store: a change of \(change.weight) bytes was rejected")
        }
        scheduleWork()
    }

    /// Returns when all changes so far are safe on the disk, or why they are not.
    package func flush() async -> StoreError? {
        do throws(StoreError) {
            try await readAfterWrites { _ in }
            return nil
        } catch {
            return error
        }
    }

    /// Returns when all entries up to `sequence` are on the disk, or why they are not.
    package func waitUntilStored(through sequence: Int64) async -> StoreError? {
        while core.holdsEntries(through: sequence) {
            if case .degraded(let reason, _) = core.health { return reason }
            if isClosing { return StoreError(.closed, path: options.path ?? "", detail: "the gateway is stopping") }
            core.flushEntries()
            startNextJob()
            await withCheckedContinuation { entryWaiters.append($0) }
        }
        return nil
    }

    package func setRetention(_ policy: RetentionPolicy) {
        core.setRetention(policy, now: timers.now)
        scheduleWork()
    }
}

/// Reads.
extension DataStore {
    /// Entries on the disk with numbers above `sequence`, in order. Those in the buffer are not included.
    package func entries(
        after sequence: Int64, limit: Int, kinds: Set<String>? = nil
    ) async throws(StoreError) -> JournalPage {
        let limits = options.reads
        return try await read(afterWrites: false) {
            try StoreQueries.entries(after: sequence, limit: limit, kinds: kinds, limits, in: $0)
        }
    }

    /// Entries on the disk with numbers above `sequence`, in order, and the number up to which entries of these kinds have
    /// been deleted. `transform` runs on the reader's thread.
    package func readEntries<Answer: Sendable>(
        after sequence: Int64, kinds: Set<String>, _ limits: StoreReadLimits,
        _ transform: @escaping @Sendable (JournalPage, _ deletedThrough: Int64) -> Answer
    ) async throws(StoreError) -> Answer {
        try await read(afterWrites: false) { database in
            let page = try StoreQueries.entries(
                after: sequence, limit: limits.entries, kinds: kinds, limits, in: database)
            return transform(page, try StoreQueries.deletedThrough(kinds, in: database))
        }
    }

    /// The newest entries of timers and impact sensors on the disk, newest first.
    package func latestRangeEntries(limit: Int) async throws(StoreError) -> [JournalEntry] {
        try await read(afterWrites: false) { try StoreQueries.latestRangeEntries(limit: limit, in: $0) }
    }

    /// The newest entries of the audit trail with numbers below `sequence`, newest first.
    package func auditEntries(before sequence: Int64, limit: Int) async throws(StoreError) -> [JournalEntry] {
        try await readAfterWrites { try StoreQueries.auditEntries(before: sequence, limit: limit, in: $0) }
    }

    package func runs(_ query: RunQuery) async throws(StoreError) -> RunPage {
        try await readAfterWrites { try StoreQueries.runs(query, in: $0) }
    }

    /// A run as it was stored; nil when there is none.
    package func run(_ id: String) async throws(StoreError) -> [UInt8]? {
        try await readAfterWrites { try StoreQueries.body("run", "id", id, in: $0) }
    }

    package func explanation(of event: UInt64) async throws(StoreError) -> [UInt8]? {
        try await readAfterWrites { try StoreQueries.explanation(event, in: $0) }
    }

    package func recordings() async throws(StoreError) -> [RecordingEntry] {
        try await readAfterWrites { try StoreQueries.recordings(in: $0) }
    }

    package func recording(_ name: String) async throws(StoreError) -> [UInt8]? {
        try await readAfterWrites { try StoreQueries.body("recording", "name", name, in: $0) }
    }

    /// Without their samples, newest first.
    package func motions() async throws(StoreError) -> [StoredMotion] {
        try await readAfterWrites { try StoreQueries.motions(id: nil, in: $0) }
    }

    package func motion(_ id: String) async throws(StoreError) -> StoredMotion? {
        try await readAfterWrites { try StoreQueries.motion(id, in: $0) }
    }

    /// Reads when all changes so far have been written.
    func readAfterWrites<Answer: Sendable>(
        _ query: @escaping @Sendable (SQLiteDatabase) throws -> Answer
    ) async throws(StoreError) -> Answer {
        try await read(afterWrites: true, query)
    }

    func read<Answer: Sendable>(
        afterWrites: Bool, _ query: @escaping @Sendable (SQLiteDatabase) throws -> Answer
    ) async throws(StoreError) -> Answer {
        let path = options.path ?? StoreConnection.memory
        guard !isClosing else { throw StoreError(.closed, path: path, detail: "the gateway is stopping") }
        guard pendingReads < options.reads.pendingReads else {
            throw StoreError(.overloaded, path: path, detail: "\(pendingReads) reads are pending")
        }
        pendingReads += 1
        defer { pendingReads -= 1 }
        let result: Result<Answer, StoreError> = await withCheckedContinuation { continuation in
            let read = StoreRead(query, path: path) { continuation.resume(returning: $0) }
            if let reader, !afterWrites { return read.submit(to: reader) }
            queuedReads.append { [reader] writer in read.run(on: writer, or: reader) }
            submitReads()
        }
        do throws(StoreError) {
            return try result.get()
        } catch {
            // The reason why the database is not open says more.
            if case .degraded(let reason, _) = core.health, error.reason == .cannotOpen { throw reason }
            throw error
        }
    }

    /// Hands queued reads to the writer, behind all changes so far. During a commit no other one can be handed in, and
    /// so the changes since then have to wait for its end.
    private func submitReads() {
        guard !queuedReads.isEmpty else { return }
        core.flush()
        startNextJob()
        guard core.hasSubmittedWrites else { return }
        for read in queuedReads where !writer.submit(read) { read(nil) }
        queuedReads = []
    }

    private func rejectReads() {
        for read in queuedReads { read(nil) }
        queuedReads = []
    }
}

/// The writer's jobs.
extension DataStore {
    /// Whether a job is under way.
    var isWorking: Bool { core.isWorking }

    private func startNextJob() {
        if let scheduledWork { timers.cancel(scheduledWork.token) }
        scheduledWork = nil
        if let job = core.nextJob(now: timers.now) {
            writer.submit { writer in
                let outcome = writer.perform(job)
                ReactorExecutor.shared.post { [self] in handle(outcome) }
            }
        }
        scheduleWork()
    }

    private func handle(_ outcome: StoreOutcome) {
        let wasOpenBefore = core.opening != nil
        core.handle(outcome, now: timers.now)
        if case .opened(let opened, _) = outcome {
            if wasOpenBefore, opened.wasCreated { for observer in resetObservers { observer() } }
            if !wasOpenBefore, openAttempted.isOpen { for observer in lateOpenObservers { observer(opened.state) } }
        }
        if case .opened = outcome { checks?.storeWasOpened() }
        if core.hasAttemptedToOpen { openAttempted.open() }
        submitReads()
        wakeEntryWaiters()
        deliverEvents()
        if case .committed(let receipt) = outcome { onCommit?(receipt) }
        if case .maintained(let report) = outcome, report.checkpointed { reader?.submit { $0.releaseMemory() } }
        onChange?()
    }

    private func wakeEntryWaiters() {
        for waiter in entryWaiters { waiter.resume() }
        entryWaiters = []
    }

    private func deliverEvents() {
        for event in core.drainEvents() { onEvent?(event) }
        if core.health == .closed { closed.open() }
        scheduleWork()
    }

    private func scheduleWork() {
        scheduleWork(at: core.deadline)
    }

    private func scheduleWork(at deadline: MonotonicTime?) {
        guard let deadline, scheduledWork.map({ deadline < $0.deadline }) ?? true else { return }
        if let scheduledWork { timers.cancel(scheduledWork.token) }
        scheduledWork = (deadline, timers.at(deadline) { [weak self] in self?.startNextJob() })
    }
}

/// A query, on its way through the threads.
private struct StoreRead<Answer: Sendable>: Sendable {
    private let query: @Sendable (SQLiteDatabase) throws -> Answer
    private let path: String
    private let completion: @Sendable (Result<Answer, StoreError>) -> Void

    init(
        _ query: @escaping @Sendable (SQLiteDatabase) throws -> Answer, path: String,
        _ completion: @escaping @Sendable (Result<Answer, StoreError>) -> Void
    ) {
        self.query = query
        self.path = path
        self.completion = completion
    }

    /// Runs on the writer's thread, and passes the query on to the reader's. If the database is not open, changes before
    /// the query may not have been written, and so it fails.
    func run(on writer: StoreWriter?, or reader: SerialWorker<StoreReader>?) {
        do {
            guard let writer else { throw closed }
            let database = try writer.database()
            if let reader { submit(to: reader) } else { completion(.success(try query(database))) }
        } catch {
            completion(.failure(StoreError(wrapping: error, path: path)))
        }
    }

    func submit(to reader: SerialWorker<StoreReader>) {
        let isSubmitted = reader.submit { reader in
            do throws(StoreError) {
                completion(.success(try reader.read(query)))
            } catch {
                completion(.failure(error))
            }
        }
        if !isSubmitted { completion(.failure(closed)) }
    }

    private var closed: StoreError { StoreError(.closed, path: path, detail: "the gateway is stopping") }
}
