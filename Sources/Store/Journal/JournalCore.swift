import Clocks

/// The journal without its disk: holds what waits, decides what the writer's thread does next, and makes sense of how
/// that ended. It never waits for anything, so the live stream cannot be held up by it.
package struct JournalCore: Sendable {
    package private(set) var queue: JournalQueue
    package private(set) var counts = JournalCounters()
    /// What the last step of tidying up saw.
    package private(set) var usage: JournalUsage?
    /// Up to where the entries are on the disk for good.
    package private(set) var durableThrough: Int64 = 0
    package private(set) var identity = JournalIdentity()
    /// How the journal was found when it was opened for the first time.
    package private(set) var opening: OpenedJournal?

    private var options: JournalOptions
    private var groupCommit: GroupCommit
    private var healthTracker: StoreHealthTracker
    private var positions: JournalPositions
    private var maintenance: MaintenanceSchedule
    private var events: [StoreEvent] = []

    private var isOpen = false
    private var isClosing = false
    private var job: JournalJob? {
        didSet { isWorking = job != nil }
    }
    /// Is a job under way?
    package private(set) var isWorking = false
    /// When to open, the first time or again; nil while the journal is open, or when nobody wants it open.
    private var openDue: MonotonicTime?
    private var corruption: StoreError?
    private var isRetrying = false
    /// The journal was full: old entries must go before new ones can be written.
    private var needsSpace = false

    package init(_ options: JournalOptions, now: MonotonicTime) {
        self.options = options
        queue = JournalQueue(options.queue)
        groupCommit = GroupCommit(options.batching)
        healthTracker = StoreHealthTracker(
            Backoff(first: options.initialRetryDelay, ceiling: options.maximumRetryDelay))
        positions = JournalPositions(maximumFollowers: options.maximumFollowers)
        maintenance = MaintenanceSchedule(options.maintenance)
        openDue = now
    }

    package var health: StoreHealth { healthTracker.health }

    /// Up to where each follower has got the entries.
    package var cursors: [String: Int64] { positions.cursors }

    /// What became of an entry, and when there is something to do. The deadline comes along because asking for it is
    /// dear on the hot path: the owner would make a copy of all this.
    package struct AppendResult: Equatable, Sendable {
        package var refusal: JournalReject?
        package var deadline: MonotonicTime?
    }

    /// Lets an entry join those that wait for the disk; tells why not, if not.
    package mutating func append(
        _ entry: JournalEntry, _ urgency: JournalUrgency, now: MonotonicTime
    ) -> AppendResult {
        if let refusal = reject(for: entry) {
            counts.rejected[refusal, default: 0] += 1
            return AppendResult(refusal: refusal, deadline: deadline)
        }
        identity.lastSequence = entry.sequence
        counts.appended += 1
        queue.append(entry, urgency)
        groupCommit.added(urgency, now: now)
        return AppendResult(refusal: nil, deadline: deadline)
    }

    private func reject(for entry: JournalEntry) -> JournalReject? {
        if isClosing { return .closed }
        if entry.sequence <= identity.lastSequence { return .outOfOrder }
        return entry.body.count > options.maximumBodyBytes ? .tooLong : nil
    }

    /// The number was given out, but there is no entry for it. True if there is something to do now.
    package mutating func skip(_ sequence: Int64, now: MonotonicTime) -> Bool {
        identity.lastSequence = max(identity.lastSequence, sequence)
        return isOpen && positions.skip(sequence, now: now)
    }

    /// A follower has got all entries up to `sequence`. Going back is not possible.
    package mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        positions.acknowledge(follower, through: sequence, now: now)
    }

    /// How much is kept from now on.
    package var retention: RetentionPolicy { options.retention }

    package mutating func setRetention(_ policy: RetentionPolicy, now: MonotonicTime) {
        options.retention = policy
        maintenance.limitsChanged(now: now)
    }

    /// Write out everything, and then close, as soon as possible. Nothing more is accepted.
    package mutating func beginClosing(lastSequence: Int64?, now: MonotonicTime) {
        guard !isClosing else { return }
        isClosing = true
        identity.lastSequence = max(identity.lastSequence, lastSequence ?? 0)
        // A journal that is out of order gets one last chance, unless there is nothing to be saved.
        if !isOpen { openDue = queue.isEmpty && positions.isEmpty ? nil : now }
        if isFinished { endClosing() }
    }

    /// How many entries have not reached the disk.
    package var unwritten: Int {
        guard case .commit(let batch) = job else { return queue.count }
        return queue.count + batch.entries.count
    }

    /// What happened since the last call.
    package mutating func drainEvents() -> [StoreEvent] {
        defer { events.removeAll() }
        return events
    }
}

/// What to do next.
extension JournalCore {
    /// When `nextJob` will have something; nil when only a new event can bring work.
    package var deadline: MonotonicTime? {
        guard !isWorking else { return nil }
        guard isOpen else { return openDue }
        if isClosing || needsSpace { return MonotonicTime(nanoseconds: 0) }
        return Self.earlier(Self.earlier(groupCommit.due(waiting: queue.count), positions.due), maintenance.due)
    }

    package mutating func nextJob(now: MonotonicTime) -> JournalJob? {
        guard let deadline, deadline <= now else { return nil }
        job = isOpen ? jobWhileOpen(now: now) : .open(identity, moveAside: corruption)
        return job
    }

    private static func earlier(_ one: MonotonicTime?, _ other: MonotonicTime?) -> MonotonicTime? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private mutating func jobWhileOpen(now: MonotonicTime) -> JournalJob {
        if needsSpace { return maintenanceJob(now: now) }
        let entriesAreDue = groupCommit.due(waiting: queue.count).map { $0 <= now || isClosing } ?? false
        let notesAreDue = positions.due.map { $0 <= now || isClosing } ?? false
        if entriesAreDue || notesAreDue {
            let entries =
                entriesAreDue
                ? queue.dequeue(
                    maximumEntries: options.batching.maximumEntries, maximumBytes: options.batching.maximumBytes) : []
            if entriesAreDue { groupCommit.dequeued(remaining: queue.count) }
            let (cursors, mark) = positions.dequeue(lastSequence: identity.lastSequence, now: now)
            return .commit(JournalBatch(entries: entries, cursors: cursors, mark: mark))
        }
        return isClosing ? .close(identity) : maintenanceJob(now: now)
    }

    private func maintenanceJob(now: MonotonicTime) -> JournalJob {
        .maintain(options.retention, checkpoint: maintenance.includesCheckpoint(now: now))
    }

    private var isFinished: Bool { isClosing && job == nil && !isOpen && openDue == nil }

    private mutating func endClosing() {
        healthTracker.recordClose()
        events.append(.closed(unwritten: queue.count))
    }
}

/// How it ended.
extension JournalCore {
    package mutating func handle(_ outcome: JournalOutcome, now: MonotonicTime) {
        let done = job
        job = nil
        switch outcome {
        case .opened(let opening, let news):
            events += news + [.opened(opening)]
            opened(opening, now: now)
        case .committed(let receipt):
            if case .commit(let batch) = done { positions.recordCommit(through: batch.mark ?? 0) }
            committed(receipt, now: now)
        case .maintained(let report):
            maintained(report, now: now)
        case .closed:
            isOpen = false
        case .failed(let failure, let news):
            events += news
            if case .commit(let batch) = done { requeue(batch, now: now) }
            failed(failure, now: now)
        }
        if isFinished { endClosing() }
    }

    private mutating func opened(_ opening: OpenedJournal, now: MonotonicTime) {
        self.opening = self.opening ?? opening
        isOpen = true
        openDue = nil
        corruption = nil
        identity.gatewayID = opening.gatewayID
        identity.lastSequence = max(identity.lastSequence, opening.lastSequence)
        durableThrough = max(durableThrough, opening.lastStored)
        positions.merge(opening, now: now)
        maintenance.opened(now: now)
        if health == .starting || queue.isEmpty { recovered(now: now) }
    }

    private mutating func committed(_ receipt: CommitReceipt, now: MonotonicTime) {
        counts.committed += receipt.entries
        counts.commits += 1
        durableThrough = max(durableThrough, receipt.through ?? 0)
        positions.recordCommit(through: durableThrough)
        if receipt.alreadyStored > 0, !isRetrying { events.append(.numbersUsedTwice(receipt.alreadyStored)) }
        isRetrying = false
        maintenance.committed(now: now)
        recovered(now: now)
        events += [healthTracker.overflowEvent(dropped: queue.dropped, now: now)].compactMap(\.self)
    }

    private mutating func maintained(_ report: MaintenanceReport, now: MonotonicTime) {
        usage = report.usage
        needsSpace = needsSpace && report.hasMore
        counts.deleted += report.deleted
        maintenance.completeStep(checkpointed: report.checkpointed, hasMore: report.hasMore, now: now)
        if report.deletedUnacknowledged > 0 { events.append(.unsentDeleted(report.deletedUnacknowledged)) }
    }

    private mutating func requeue(_ batch: JournalBatch, now: MonotonicTime) {
        isRetrying = true
        if !batch.entries.isEmpty {
            queue.requeue(batch.entries)
            groupCommit.requeued(now: now)
        }
        positions.requeue(batch.cursors, now: now)
    }

    private mutating func failed(_ failure: StoreError, now: MonotonicTime) {
        let wasOpen = isOpen
        isOpen = false
        maintenance.stop()
        if failure.reason == .corrupt { corruption = failure }
        needsSpace = failure.reason == .diskFull
        counts.failures[failure.reason.name, default: 0] += 1
        let (delay, notice) = healthTracker.recordFailure(
            failure, waiting: queue.count, dropped: queue.dropped, now: now)
        events.append(notice)
        // While closing, what was open gets one more try at once; what cannot even be opened does not.
        openDue = isClosing ? (wasOpen && healthTracker.failures < 3 ? now : nil) : now + delay
    }

    private mutating func recovered(now: MonotonicTime) {
        events += [healthTracker.recordRecovery(dropped: queue.dropped, now: now)].compactMap(\.self)
    }
}
