import Clocks

/// The decisions of the store, without a disk: buffers changes, chooses the writer's next job, and interprets its
/// outcome. It never blocks, so the disk cannot delay live data.
package struct StoreCore: Sendable {
    package private(set) var queue: JournalQueue
    package private(set) var writes: StoreWriteQueue
    package private(set) var counters = StoreCounters()
    /// As of the last step of maintenance.
    package private(set) var usage: StoreUsage?
    /// The highest sequence number that is safe on the disk.
    package private(set) var durableThrough: Int64 = 0
    package private(set) var identity = StoreIdentity()
    /// The state of the database when it was opened for the first time.
    package private(set) var opening: OpenedStore?
    /// Whether an attempt to open has ended: in success, or in a failure other than damage that is repaired at once.
    package private(set) var hasAttemptedToOpen = false

    /// Whether entries expire by age at present; nil before the first step of maintenance.
    package private(set) var expiresByAge: Bool?
    private var options: StoreOptions
    private var quota: TelemetryQuota
    private var groupCommit: GroupCommit
    private var healthTracker: StoreHealthTracker
    private var positions: JournalPositions
    private var maintenance: MaintenanceSchedule
    private var events: [StoreEvent] = []

    private var isOpen = false
    private var isClosing = false
    private var job: StoreJob? {
        didSet { isWorking = job != nil }
    }
    /// Whether a job is under way.
    package private(set) var isWorking = false
    /// When to open, for the first time or again; nil while the store is open, or is to stay closed.
    private var openDue: MonotonicTime?
    private var corruption: StoreError?
    private var isRetrying = false
    /// The file has reached its limit: old entries have to be deleted before new ones can be written.
    private var needsSpace = false

    package init(_ options: StoreOptions, now: MonotonicTime) {
        self.options = options
        quota = TelemetryQuota(options.quota)
        queue = JournalQueue(options.queue)
        writes = StoreWriteQueue(options.writeQueue)
        groupCommit = GroupCommit(options.batching)
        healthTracker = StoreHealthTracker(
            Backoff(first: options.initialRetryDelay, limit: options.maximumRetryDelay))
        positions = JournalPositions(maximumFollowers: options.maximumFollowers)
        maintenance = MaintenanceSchedule(options.maintenance)
        openDue = now
    }

    package var health: StoreHealth { healthTracker.health }

    /// How far each follower has received the entries.
    package var cursors: [String: Int64] { positions.cursors }

    package var retention: RetentionPolicy { options.retention }

    package var dropped: StoreDrops {
        StoreDrops(telemetry: queue.dropped.telemetry, urgent: queue.dropped.urgent, writes: writes.dropped)
    }

    /// How many changes have not reached the disk.
    package var unwritten: Int { unwrittenEntries + unwrittenWrites }

    package var unwrittenEntries: Int { queue.count + (commitUnderWay?.entries.count ?? 0) }
    package var unwrittenWrites: Int { writes.count + (commitUnderWay?.writes.count ?? 0) }

    private var commitUnderWay: StoreBatch? {
        if case .commit(let batch) = job { batch } else { nil }
    }

    private var waiting: Int { queue.count + writes.count }
}

/// Input.
extension StoreCore {
    /// The deadline is returned along with the result, because asking for it costs a copy of the core on the hot path.
    package struct AppendResult: Equatable, Sendable {
        package var reject: JournalReject?
        package var deadline: MonotonicTime?
    }

    /// Buffers an entry for the next commit, unless it is rejected.
    package mutating func append(
        _ entry: JournalEntry, _ urgency: JournalUrgency, now: MonotonicTime
    ) -> AppendResult {
        if let reject = reject(for: entry) {
            counters.rejectedEntries[reject, default: 0] += 1
            return AppendResult(reject: reject, deadline: deadline)
        }
        identity.lastSequence = entry.sequence
        counters.appended += 1
        queue.append(entry, urgency)
        groupCommit.added(urgency, now: now)
        return AppendResult(reject: nil, deadline: deadline)
    }

    /// Whether telemetry of this source is stored now: no source may fill the journal.
    package mutating func admitsTelemetry(from source: String, now: MonotonicTime) -> Bool {
        let isAdmitted = quota.admits(source, at: now)
        if !isAdmitted { counters.overQuota += 1 }
        return isAdmitted
    }

    private func reject(for entry: JournalEntry) -> JournalReject? {
        if isClosing { return .closed }
        if entry.sequence <= identity.lastSequence { return .outOfOrder }
        return entry.body.count > options.maximumBodyBytes ? .tooLong : nil
    }

    /// A sequence number was assigned without an entry. True if that makes a job due.
    package mutating func skip(_ sequence: Int64, now: MonotonicTime) -> Bool {
        identity.lastSequence = max(identity.lastSequence, sequence)
        return isOpen && positions.skip(sequence, now: now)
    }

    /// A follower has received all entries up to `sequence`. False when there are too many followers.
    package mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        positions.acknowledge(follower, through: sequence, now: now)
    }

    /// Buffers a change to the other collections. False when it is too large, or the store is closed.
    package mutating func put(_ write: StoreWrite, now: MonotonicTime) -> Bool {
        guard health != .closed, write.weight <= options.maximumWriteBytes else {
            counters.rejectedWrites += 1
            return false
        }
        writes.add(write)
        groupCommit.added(write.isEssential ? .urgent : .telemetry, now: now)
        return true
    }

    /// Makes buffered writes due at once, so that a read can follow them.
    package mutating func flush() {
        if !writes.isEmpty { groupCommit.expedite() }
    }

    /// Writes the buffered entries out as soon as possible.
    package mutating func flushEntries() {
        if !queue.isEmpty { groupCommit.expedite() }
    }

    /// Whether entries with numbers up to `sequence` have not reached the disk.
    package func holdsEntries(through sequence: Int64) -> Bool {
        if let first = queue.firstSequence, first <= sequence { return true }
        guard case .commit(let batch)? = job, let first = batch.entries.first else { return false }
        return first.entry.sequence <= sequence
    }

    /// Whether no write has to wait for the outcome of the present job before it can be handed to the writer.
    package var hasSubmittedWrites: Bool { writes.isEmpty || !isWorking }

    package mutating func setRetention(_ policy: RetentionPolicy, now: MonotonicTime) {
        options.retention = policy
        maintenance.limitsChanged(now: now)
    }

    /// Writes everything out, and then closes, as soon as possible.
    package mutating func beginClosing(lastSequence: Int64?, now: MonotonicTime) {
        guard !isClosing else { return }
        isClosing = true
        identity.lastSequence = max(identity.lastSequence, lastSequence ?? 0)
        // A degraded store gets one last attempt, unless there is nothing to write.
        if !isOpen { openDue = waiting == 0 && positions.isEmpty ? nil : now }
        if isFinished { endClosing() }
    }

    /// The events since the last call.
    package mutating func drainEvents() -> [StoreEvent] {
        defer { events.removeAll() }
        return events
    }
}

/// The next job.
extension StoreCore {
    /// When `nextJob` returns one; nil when that depends on further input.
    package var deadline: MonotonicTime? {
        guard !isWorking else { return nil }
        guard isOpen else { return openDue }
        if isClosing || needsSpace { return MonotonicTime(nanoseconds: 0) }
        return Self.earlier(Self.earlier(groupCommit.due(waiting: waiting), positions.due), maintenance.due)
    }

    package mutating func nextJob(now: MonotonicTime) -> StoreJob? {
        guard let deadline, deadline <= now else { return nil }
        job = isOpen ? jobWhileOpen(now: now) : .open(identity, moveAside: corruption)
        return job
    }

    private static func earlier(_ one: MonotonicTime?, _ other: MonotonicTime?) -> MonotonicTime? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private mutating func jobWhileOpen(now: MonotonicTime) -> StoreJob {
        if needsSpace { return maintenanceJob(now: now) }
        let dueChanges = Self.earlier(groupCommit.due(waiting: waiting), positions.due)
        if let dueChanges, isClosing || dueChanges <= now {
            var batch = StoreBatch()
            batch.entries = queue.dequeue(
                maximumEntries: options.batching.maximumEntries, maximumBytes: options.batching.maximumBytes)
            batch.writes = writes.dequeue(maximumBytes: options.batching.maximumWriteBytes)
            if batch.count > 0 { groupCommit.dequeued(remaining: waiting) }
            (batch.cursors, batch.mark) = positions.dequeue(lastSequence: identity.lastSequence, now: now)
            return .commit(batch)
        }
        return isClosing ? .close(identity) : maintenanceJob(now: now)
    }

    private func maintenanceJob(now: MonotonicTime) -> StoreJob {
        .maintain(options.retention, checkpoint: maintenance.includesCheckpoint(now: now))
    }

    private var isFinished: Bool { isClosing && job == nil && !isOpen && openDue == nil }

    private mutating func endClosing() {
        healthTracker.recordClose()
        events.append(.closed(unwritten: waiting))
    }
}

/// The outcome of a job.
extension StoreCore {
    package mutating func handle(_ outcome: StoreOutcome, now: MonotonicTime) {
        let done = job
        job = nil
        switch outcome {
        case .opened(let opening, let news):
            events += news + [.opened(opening)]
            opened(opening, now: now)
        case .committed(let receipt):
            if case .commit(let batch) = done { recordCommit(of: batch) }
            committed(receipt, now: now)
        case .maintained(let report):
            maintained(report, now: now)
        case .closed:
            isOpen = false
        case .failed(let error, let news):
            events += news
            if case .commit(let batch) = done { requeue(batch, now: now) }
            failed(error, now: now)
        }
        if isFinished { endClosing() }
    }

    private mutating func opened(_ opening: OpenedStore, now: MonotonicTime) {
        self.opening = self.opening ?? opening
        hasAttemptedToOpen = true
        isOpen = true
        openDue = nil
        corruption = nil
        identity.gatewayID = opening.gatewayID
        identity.lastSequence = max(identity.lastSequence, opening.lastSequence)
        durableThrough = max(durableThrough, opening.lastStored)
        positions.merge(opening, now: now)
        maintenance.opened(now: now)
        if health == .starting || waiting == 0 { recovered(now: now) }
    }

    private mutating func recordCommit(of batch: StoreBatch) {
        positions.recordCommit(through: batch.mark ?? 0)
        if !batch.writes.isEmpty { counters.writeCommits += 1 }
    }

    private mutating func committed(_ receipt: CommitReceipt, now: MonotonicTime) {
        counters.committed += receipt.entries
        counters.commits += 1
        durableThrough = max(durableThrough, receipt.through ?? 0)
        positions.recordCommit(through: durableThrough)
        if receipt.alreadyStored > 0, !isRetrying { events.append(.duplicateSequences(receipt.alreadyStored)) }
        isRetrying = false
        maintenance.committed(now: now)
        recovered(now: now)
        events += [healthTracker.overflowEvent(dropped: dropped, now: now)].compactMap(\.self)
    }

    private mutating func maintained(_ report: MaintenanceReport, now: MonotonicTime) {
        usage = report.usage
        expiresByAge = report.expiresByAge
        needsSpace = needsSpace && report.hasMore
        counters.deleted += report.deleted
        maintenance.completeStep(checkpointed: report.checkpointed, hasMore: report.hasMore, now: now)
        if report.deletedUnacknowledged > 0 { events.append(.unacknowledgedDeleted(report.deletedUnacknowledged)) }
    }

    private mutating func requeue(_ batch: StoreBatch, now: MonotonicTime) {
        isRetrying = true
        if batch.count > 0 {
            queue.requeue(batch.entries)
            writes.requeue(batch.writes)
            groupCommit.requeued(now: now)
        }
        positions.requeue(batch.cursors, now: now)
    }

    private mutating func failed(_ error: StoreError, now: MonotonicTime) {
        let wasOpen = isOpen
        // A file that is damaged at the start is replaced at once, so that the gateway starts with a working store.
        let isRepairedAtOnce = error.reason == .corrupt && !hasAttemptedToOpen && corruption == nil
        hasAttemptedToOpen = hasAttemptedToOpen || !isRepairedAtOnce
        isOpen = false
        maintenance.stop()
        if error.reason == .corrupt { corruption = error }
        needsSpace = error.reason == .diskFull
        counters.failures[error.reason.name, default: 0] += 1
        let (delay, event) = healthTracker.recordFailure(error, waiting: waiting, dropped: dropped, now: now)
        events.append(event)
        if isClosing {
            // What was open gets another attempt at once; what cannot even be opened does not.
            openDue = wasOpen && healthTracker.failures < 3 ? now : nil
        } else {
            openDue = isRepairedAtOnce ? now : now + delay
        }
    }

    private mutating func recovered(now: MonotonicTime) {
        events += [healthTracker.recordRecovery(dropped: dropped, now: now)].compactMap(\.self)
    }
}

/// Totals since the start, for the metrics. Drops are counted by the queues.
package struct StoreCounters: Equatable, Sendable {
    package var appended = 0
    package var rejectedEntries: [JournalReject: Int] = [:]
    package var rejectedWrites = 0
    /// Telemetry that is not stored because its source sends too much.
    package var overQuota = 0
    /// Entries.
    package var committed = 0
    package var commits = 0
    /// Commits with changes to collections other than events.
    package var writeCommits = 0
    /// Entries deleted by the retention policy.
    package var deleted = 0
    /// By the name of the reason.
    package var failures: [String: Int] = [:]

    package init() {}
}
