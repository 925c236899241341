import Clocks

/// The range's book without its disk: holds what waits, decides what its thread does next, and makes sense of how that
/// ended. The live stream is never held up by it.
package struct RunStoreCore: Sendable {
    package private(set) var queue: RangeWriteQueue
    package private(set) var commits = 0
    package private(set) var failures = 0
    /// Changes that were refused since they are too large.
    package private(set) var rejected = 0
    package private(set) var health = StoreHealth.starting
    private(set) var isClosing = false

    private var job: RangeJob?
    private var backoff: Backoff
    /// When to open, the first time or again; nil while it is open.
    private var openDue: MonotonicTime?
    private var corruption: StoreError?
    private var commitDue: MonotonicTime?

    /// How long what is not precious waits for company.
    private static let maximumDelay = Nanoseconds.milliseconds(500)
    private static let maximumBytes = 2 << 20
    package static let maximumBodyBytes = 4 << 20

    package init(queue: RangeWriteQueue.Limits = RangeWriteQueue.Limits(), now: MonotonicTime) {
        self.queue = RangeWriteQueue(queue)
        backoff = Backoff(first: .milliseconds(250), ceiling: .seconds(30))
        openDue = now
    }

    package var isWorking: Bool { job != nil }

    /// Whether whoever asks the file now hears of all that can be written to it at present.
    package var hasSubmittedAll: Bool { queue.isEmpty || !isWorking }

    /// How many changes have not reached the disk.
    package var unwritten: Int {
        if case .commit(let changes) = job { queue.count + changes.count } else { queue.count }
    }

    /// False when it is too large, or too late.
    package mutating func add(_ change: RangeWrite, now: MonotonicTime) -> Bool {
        guard health != .closed, change.weight <= Self.maximumBodyBytes else {
            rejected += 1
            return false
        }
        queue.add(change)
        let due = change.isEssential ? now : now + Self.maximumDelay
        commitDue = min(commitDue ?? due, due)
        return true
    }

    /// Somebody wants to read: what waits is written first.
    package mutating func commitImmediately(now: MonotonicTime) {
        if !queue.isEmpty { commitDue = now }
    }

    package mutating func beginClosing(now: MonotonicTime) {
        guard !isClosing else { return }
        isClosing = true
        // A file that is out of order gets one last chance, unless there is nothing to be saved.
        if openDue != nil { openDue = queue.isEmpty ? nil : now }
        commitDue = queue.isEmpty ? nil : now
        if health != .healthy, openDue == nil, job == nil { health = .closed }
    }

    /// When `nextJob` will have something.
    package var deadline: MonotonicTime? {
        if job != nil || health == .closed { return nil }
        if let openDue { return openDue }
        return isClosing && queue.isEmpty ? MonotonicTime(nanoseconds: .min) : commitDue
    }

    package mutating func nextJob(now: MonotonicTime) -> RangeJob? {
        guard let deadline, deadline <= now else { return nil }
        if openDue != nil {
            job = .open(moveAside: corruption)
        } else if queue.isEmpty {
            commitDue = nil
            job = isClosing ? .close : nil
        } else {
            job = .commit(queue.dequeue(maximumBytes: Self.maximumBytes))
            commitDue = queue.isEmpty ? nil : now
        }
        return job
    }

    /// Returns the health if that has become another; one failure after the other is not told.
    package mutating func handle(_ outcome: RangeOutcome, now: MonotonicTime) -> StoreHealth? {
        let before = health
        let ended = job.take()
        switch outcome {
        case .opened:
            openDue = nil
            corruption = nil
            backoff.reset()
            health = .healthy
            if !queue.isEmpty { commitDue = now }
        case .committed: commits += 1
        case .closed: health = .closed
        case .failed(let failure):
            failures += 1
            if case .commit(let changes)? = ended { queue.requeue(changes) }
            failed(failure, now: now)
        }
        if case (.degraded, .degraded) = (before, health) { return nil }
        return health == before ? nil : health
    }

    private mutating func failed(_ failure: StoreError, now: MonotonicTime) {
        if failure.reason == .corrupt { corruption = failure }
        if isClosing {
            health = .closed
            return
        }
        openDue = now + backoff.nextDelay()
        if case .degraded(_, let since) = health {
            health = .degraded(failure, since: since)
        } else {
            health = .degraded(failure, since: now)
        }
    }
}
