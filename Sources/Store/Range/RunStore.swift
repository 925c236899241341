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
    package var hasBegunAnew: (() -> Void)?

    private(set) var core: RunStoreCore
    private let path: String
    private let timers: TimerQueue
    private let worker: SerialWorker<RangeWriter>
    private var alarm: (deadline: MonotonicTime, token: TimerQueue.Token)?
    private var opening: RangeOpening?
    private let openingTried = Gate()
    private let closed = Gate()
    private var readingsUnderWay = 0
    /// Readings that wait for changes to be written which came before them.
    private var waitingReadings: [@Sendable (RangeWriter?) -> Void] = []
    private let log = ThrottledLog()

    private static let mostReadings = 64

    /// Begins to open the file in the next turn of the loop. Without a path nothing outlives the process. Fails only if
    /// the machine has no descriptors left.
    package init(
        path: String?, limits: RangeLimits = RangeLimits(), queue: RangeQueue.Limits = RangeQueue.Limits(),
        timers: TimerQueue
    ) throws(SystemError) {
        let path = path ?? RangeWriter.memory
        self.path = path
        self.timers = timers
        core = RunStoreCore(queue: queue, now: timers.now)
        worker = try SerialWorker("range-store") { RangeWriter(path: path, limits: limits) }
        setAlarm()
    }

    deinit {
        worker.finish()
    }

    /// Puts a change on its way to the disk.
    package func put(_ change: RangeWrite) {
        if !core.add(change, now: timers.now) {
            log.warning("refused", "range: a change of \(change.weight) bytes was not kept")
        }
        setAlarm()
    }

    package var health: StoreHealth { core.health }

    /// How many changes have not reached the disk.
    package var unwritten: Int { core.unwritten }

    /// Waits until the file is open, or has failed to open, or the time is up; then tells what was found, if anything.
    package func start(within limit: Nanoseconds) async -> RangeOpening? {
        await openingTried.wait(atMost: limit, timers: timers)
        return opening
    }

    /// Writes out what waits and closes; gives up when the time is up. Returns how many changes did not reach the disk.
    package func close(within limit: Nanoseconds) async -> Int {
        core.beginClosing(now: timers.now)
        if core.health == .closed { closed.open() }
        setAlarm()
        await closed.wait(atMost: limit, timers: timers)
        worker.finish()
        return core.unwritten
    }

    /// Asks the file, when all that has been put in so far is written.
    func read<Answer: Sendable>(
        _ question: @escaping @Sendable (SQLiteDatabase) throws -> Answer
    ) async throws(StoreFailure) -> Answer {
        guard readingsUnderWay < Self.mostReadings else {
            throw StoreFailure(.busy, path: path, detail: "\(Self.mostReadings) questions wait already")
        }
        readingsUnderWay += 1
        defer { readingsUnderWay -= 1 }
        let result: Result<Answer, StoreFailure> = await withCheckedContinuation { continuation in
            waitingReadings.append { [path] writer in
                do throws(StoreFailure) {
                    guard let writer else { throw StoreFailure(.cannotOpen, path: path, detail: "it has been closed") }
                    continuation.resume(returning: .success(try writer.read(question)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            beginReadings()
        }
        return try result.get()
    }
}

/// The thread at work.
extension RunStore {
    /// Hands in what waits to be read, behind all that has been put in so far. While a commit is under way no other one can
    /// be handed in, and so what has come since has to be waited for.
    private func beginReadings() {
        guard !waitingReadings.isEmpty else { return }
        core.hurry(now: timers.now)
        work()
        guard core.hasHandedInAll else { return }
        for reading in waitingReadings where !worker.submit(reading) { reading(nil) }
        waitingReadings = []
    }

    private func work() {
        alarm.map { timers.cancel($0.token) }
        alarm = nil
        if let job = core.nextJob(now: timers.now) {
            worker.submit { writer in
                let outcome = writer.perform(job)
                ReactorExecutor.shared.post { [self] in finished(outcome) }
            }
        }
        setAlarm()
    }

    private func finished(_ outcome: RangeOutcome) {
        let wasOpenBefore = opening != nil
        if case .opened(let found) = outcome {
            opening = found
            if let path = found.movedAside {
                Log.error("range: moved the damaged file to \(path) and began a new one")
            }
        }
        if let health = core.finished(outcome, now: timers.now) { tell(health) }
        if case .opened(let found) = outcome, wasOpenBefore, found.wasCreated { hasBegunAnew?() }
        openingTried.open()
        if core.health == .closed { closed.open() }
        beginReadings()
        setAlarm()
    }

    private func tell(_ health: StoreHealth) {
        switch health {
        case .starting, .closed: break
        case .healthy: Log.info("range: runs are kept in \(path)")
        case .degraded(let failure, _):
            Log.error("range: \(failure). The live stream goes on; what is to be kept waits in memory")
        }
    }

    /// Sees to it that `work` is called no later than there is some.
    private func setAlarm() {
        guard let deadline = core.deadline, alarm.map({ deadline < $0.deadline }) ?? true else { return }
        if let alarm { timers.cancel(alarm.token) }
        alarm = (deadline, timers.at(deadline) { [weak self] in self?.work() })
    }
}
