import Clocks
import Reactor

/// The gateway's memory: entries go in on the reactor, and are on the disk a moment later. Appending never waits, and
/// whatever becomes of the disk, the live stream goes on.
///
/// Two threads of its own do what blocks, one writes and one reads; they answer through the reactor's mailbox.
@ReactorActor
package final class Journal {
    /// Told of everything that a person may want to know.
    package var onEvent: ((StoreEvent) -> Void)?
    /// Told of each commit, when its entries are safe on the disk.
    package var onCommit: ((CommitReceipt) -> Void)?
    /// Called whenever one of the journal's jobs has ended, and its `status` may be another.
    package var onChange: (() -> Void)?

    private(set) var core: JournalCore
    let options: JournalOptions
    private let readLimits: JournalReadLimits
    private let timers: TimerQueue
    private let writer: SerialWorker<JournalWriter>
    private let reader: SerialWorker<JournalReader>
    private var pendingReads = 0
    private var scheduledWork: (deadline: MonotonicTime, token: TimerQueue.Token)?
    private let openAttempted = Gate()
    private let closed = Gate()
    private var isClosing = false

    /// Begins to open the journal in the next turn of the loop. Fails only if the machine has no descriptors left.
    package init(
        _ options: JournalOptions, readLimits: JournalReadLimits = JournalReadLimits(), timers: TimerQueue
    ) throws(SystemError) {
        self.options = options
        self.readLimits = readLimits
        self.timers = timers
        core = JournalCore(options, now: timers.now)
        writer = try SerialWorker("journal-write") { JournalWriter(options) }
        reader = try SerialWorker("journal-read") { JournalReader(path: options.path, limits: readLimits) }
        scheduleWork()
    }

    deinit {
        writer.finish()
        reader.finish()
    }

    /// Puts an entry on its way to the disk. If it is refused, it is told and counted why.
    @discardableResult
    package func append(_ entry: JournalEntry, _ urgency: JournalUrgency = .telemetry) -> JournalReject? {
        let admission = core.append(entry, urgency, now: timers.now)
        scheduleWork(at: admission.deadline)
        return admission.refusal
    }

    /// The number was given out, but its event is not kept: after a crash it must not be given out again.
    package func skip(_ sequence: Int64) {
        if core.skip(sequence, now: timers.now) { scheduleWork() }
    }

    /// A follower has got all entries up to `sequence`: it need not be given them again after a restart. False when
    /// there are too many followers.
    @discardableResult
    package func acknowledge(_ follower: String, through sequence: Int64) -> Bool {
        defer { scheduleWork() }
        return core.acknowledge(follower, through: sequence, now: timers.now)
    }

    /// How much is kept from now on. What is over goes little by little.
    package func setRetention(_ policy: RetentionPolicy) {
        core.setRetention(policy, now: timers.now)
        scheduleWork()
    }

    /// Entries on the disk with numbers above `sequence`, in order. What still waits in memory is not among them.
    package func entries(
        after sequence: Int64, limit: Int, kinds: Set<String>? = nil
    ) async throws(JournalReadError) -> JournalPage {
        guard !isClosing else { throw .closed }
        guard pendingReads < readLimits.pendingReads else { throw .tooManyReads }
        pendingReads += 1
        defer { pendingReads -= 1 }
        let result: Result<JournalPage, StoreError> = await withCheckedContinuation { continuation in
            reader.submit { reader in
                do throws(StoreError) {
                    continuation.resume(
                        returning: .success(try reader.page(after: sequence, limit: limit, kinds: kinds)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        switch result {
        case .success(let page): return page
        case .failure(let failure): throw .failed(failure)
        }
    }
}

/// Beginning and end.
extension Journal {
    /// Waits until the journal is open, or has failed to open, or the time is up; then tells from where to count on.
    /// A journal that could not be read yields numbers that are above all that it may hold.
    package func start(within limit: Nanoseconds) async -> JournalStart {
        await openAttempted.wait(timeout: limit, timers: timers)
        let fallback = SystemClock.wall().nanoseconds / 1_000_000
        return JournalStart(
            resumeSequence: core.opening?.lastSequence ?? fallback, wasRead: core.opening != nil,
            health: core.health)
    }

    /// Writes out what waits, tidies up and closes; gives up when the time is up. Returns how many entries did not
    /// reach the disk. `lastSequence` is the highest number given out, whether or not its event went into the journal.
    package func close(within limit: Nanoseconds, lastSequence: Int64? = nil) async -> Int {
        isClosing = true
        reader.finish()
        core.beginClosing(lastSequence: lastSequence, now: timers.now)
        deliverEvents()
        await closed.wait(timeout: limit, timers: timers)
        writer.finish()
        return core.unwritten
    }
}

/// The writer's thread at work.
extension Journal {
    private func startNextJob() {
        scheduledWork = nil
        if let job = core.nextJob(now: timers.now) {
            writer.submit { writer in
                let outcome = writer.perform(job)
                ReactorExecutor.shared.post { [self] in handle(outcome) }
            }
        }
        scheduleWork()
    }

    private func handle(_ outcome: JournalOutcome) {
        core.handle(outcome, now: timers.now)
        openAttempted.open()
        deliverEvents()
        if case .committed(let receipt) = outcome { onCommit?(receipt) }
        onChange?()
    }

    /// Is the writer's thread busy?
    var isWorking: Bool { core.isWorking }

    private func deliverEvents() {
        for notice in core.drainEvents() { onEvent?(notice) }
        if core.health == .closed { closed.open() }
        scheduleWork()
    }

    /// Sees to it that `work` is called no later than there is some.
    private func scheduleWork() {
        scheduleWork(at: core.deadline)
    }

    private func scheduleWork(at deadline: MonotonicTime?) {
        guard let deadline, scheduledWork.map({ deadline < $0.deadline }) ?? true else { return }
        if let scheduledWork { timers.cancel(scheduledWork.token) }
        scheduledWork = (deadline, timers.at(deadline) { [weak self] in self?.startNextJob() })
    }
}
