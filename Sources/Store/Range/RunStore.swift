import Clocks
import Logging
import Metrics
import Reactor

/// The range's book: runs, what the range knows of its targets and sensors, and how everything came about. Changes go in
/// on the reactor and are on the disk a moment later; whatever becomes of the disk, the live stream goes on.
///
/// A thread of its own does what blocks, and answers through the reactor's mailbox.
@ReactorActor
package final class RunStore {
    /// The file was not there, or had to be moved aside: it has nothing of what was put into it before.
    package var onReset: (() -> Void)?

    private(set) var core: RunStoreCore
    private let path: String
    private let timers: TimerQueue
    private let worker: SerialWorker<RangeWriter>
    private var scheduledWork: (deadline: MonotonicTime, token: TimerQueue.Token)?
    private var opening: StoredRangeState?
    private let openAttempted = Gate()
    private let closed = Gate()
    private var pendingReads = 0
    /// Readings that wait for changes to be written which came before them.
    private var queuedReads: [@Sendable (RangeWriter?) -> Void] = []
    private let log = ThrottledLog()

    private static let maximumReads = 64

    /// Begins to open the file in the next turn of the loop. Without a path nothing outlives the process. Fails only if
    /// the machine has no descriptors left.
    package init(
        path: String?, limits: RangeLimits = RangeLimits(), queue: RangeWriteQueue.Limits = RangeWriteQueue.Limits(),
        timers: TimerQueue
    ) throws(SystemError) {
        let path = path ?? RangeWriter.memory
        self.path = path
        self.timers = timers
        core = RunStoreCore(queue: queue, now: timers.now)
        worker = try SerialWorker("range-store") { RangeWriter(path: path, limits: limits) }
        scheduleWork()
    }

    deinit {
        worker.finish()
    }

    /// Puts a change on its way to the disk.
    package func put(_ change: RangeWrite) {
        if !core.add(change, now: timers.now) {
            log.warning("refused", "range: a change of \(change.weight) bytes was not kept")
        }
        scheduleWork()
    }

    package var health: StoreHealth { core.health }

    /// How many changes have not reached the disk.
    package var unwritten: Int { core.unwritten }

    /// Waits until the file is open, or has failed to open, or the time is up; then tells what was found, if anything.
    package func start(within limit: Nanoseconds) async -> StoredRangeState? {
        await openAttempted.wait(timeout: limit, timers: timers)
        return opening
    }

    /// Writes out what waits and closes; gives up when the time is up. Returns how many changes did not reach the disk.
    package func close(within limit: Nanoseconds) async -> Int {
        core.beginClosing(now: timers.now)
        if core.health == .closed { closed.open() }
        scheduleWork()
        await closed.wait(timeout: limit, timers: timers)
        worker.finish()
        return core.unwritten
    }

    /// Asks the file, when all that has been put in so far is written.
    func read<Answer: Sendable>(
        _ question: @escaping @Sendable (SQLiteDatabase) throws -> Answer
    ) async throws(StoreError) -> Answer {
        guard pendingReads < Self.maximumReads else {
            throw StoreError(.busy, path: path, detail: "\(Self.maximumReads) questions wait already")
        }
        pendingReads += 1
        defer { pendingReads -= 1 }
        let result: Result<Answer, StoreError> = await withCheckedContinuation { continuation in
            queuedReads.append { [path] writer in
                do throws(StoreError) {
                    guard let writer else { throw StoreError(.cannotOpen, path: path, detail: "it has been closed") }
                    continuation.resume(returning: .success(try writer.read(question)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            startReads()
        }
        return try result.get()
    }
}

/// The thread at work.
extension RunStore {
    /// Hands in what waits to be read, behind all that has been put in so far. While a commit is under way no other one can
    /// be handed in, and so what has come since has to be waited for.
    private func startReads() {
        guard !queuedReads.isEmpty else { return }
        core.commitImmediately(now: timers.now)
        startNextJob()
        guard core.hasSubmittedAll else { return }
        for reading in queuedReads where !worker.submit(reading) { reading(nil) }
        queuedReads = []
    }

    private func startNextJob() {
        scheduledWork.map { timers.cancel($0.token) }
        scheduledWork = nil
        if let job = core.nextJob(now: timers.now) {
            worker.submit { writer in
                let outcome = writer.perform(job)
                ReactorExecutor.shared.post { [self] in handle(outcome) }
            }
        }
        scheduleWork()
    }

    private func handle(_ outcome: RangeOutcome) {
        let wasOpenBefore = opening != nil
        if case .opened(let found) = outcome {
            opening = found
            if let path = found.movedAside {
                Log.error("range: moved the damaged file to \(path) and began a new one")
            }
        }
        if let health = core.handle(outcome, now: timers.now) { logHealth(health) }
        if case .opened(let found) = outcome, wasOpenBefore, found.wasCreated { onReset?() }
        openAttempted.open()
        if core.health == .closed { closed.open() }
        startReads()
        scheduleWork()
    }

    private func logHealth(_ health: StoreHealth) {
        switch health {
        case .starting, .closed: break
        case .healthy: Log.info("range: runs are kept in \(path)")
        case .degraded(let failure, _):
            Log.error("range: \(failure). The live stream goes on; what is to be kept waits in memory")
        }
    }

    /// Sees to it that `work` is called no later than there is some.
    private func scheduleWork() {
        guard let deadline = core.deadline, scheduledWork.map({ deadline < $0.deadline }) ?? true else { return }
        if let scheduledWork { timers.cancel(scheduledWork.token) }
        scheduledWork = (deadline, timers.at(deadline) { [weak self] in self?.startNextJob() })
    }
}
