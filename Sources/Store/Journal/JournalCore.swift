import Clocks

/// The journal without its disk: holds what waits, decides what the writer's thread does next, and makes sense of how
/// that ended. It never waits for anything, so the live stream cannot be held up by it.
package struct JournalCore: Sendable {
    package private(set) var queue: JournalQueue
    package private(set) var counts = JournalCounts()
    /// What the last step of tidying up saw.
    package private(set) var usage: JournalUsage?
    /// Up to where the entries are on the disk for good.
    package private(set) var durableThrough: Int64 = 0
    package private(set) var identity = JournalIdentity()
    /// How the journal was found when it was opened for the first time.
    package private(set) var opening: JournalOpening?

    private var options: JournalOptions
    private var grouping: GroupCommit
    private var record: HealthRecord
    private var notes: JournalNotes
    private var maintenance: MaintenanceSchedule
    private var notices: [StoreNotice] = []

    private var isOpen = false
    private var isClosing = false
    private var job: JournalJob? {
        didSet { isWorking = job != nil }
    }
    /// Is a job under way?
    package private(set) var isWorking = false
    /// When to open, the first time or again; nil while the journal is open, or when nobody wants it open.
    private var openDue: MonotonicTime?
    private var damage: StoreFailure?
    private var isRetrying = false
    /// The journal was full: old entries must go before new ones can be written.
    private var makesRoom = false

    package init(_ options: JournalOptions, now: MonotonicTime) {
        self.options = options
        queue = JournalQueue(options.queue)
        grouping = GroupCommit(options.batching)
        record = HealthRecord(Backoff(first: options.firstRetry, ceiling: options.slowestRetry))
        notes = JournalNotes(mostFollowers: options.mostFollowers)
        maintenance = MaintenanceSchedule(options.maintenance)
        openDue = now
    }

    package var health: StoreHealth { record.health }

    /// Up to where each follower has got the entries.
    package var cursors: [String: Int64] { notes.cursors }

    /// What became of an entry, and when there is something to do. The deadline comes along because asking for it is
    /// dear on the hot path: the owner would make a copy of all this.
    package struct Admission: Equatable, Sendable {
        package var refusal: JournalRefusal?
        package var deadline: MonotonicTime?
    }

    /// Lets an entry join those that wait for the disk; tells why not, if not.
    package mutating func append(
        _ entry: JournalEntry, _ urgency: JournalUrgency, now: MonotonicTime
    ) -> Admission {
        if let refusal = refusal(of: entry) {
            counts.refused[refusal, default: 0] += 1
            return Admission(refusal: refusal, deadline: deadline)
        }
        identity.lastSequence = entry.sequence
        counts.appended += 1
        queue.append(entry, urgency)
        grouping.added(urgency, now: now)
        return Admission(refusal: nil, deadline: deadline)
    }

    private func refusal(of entry: JournalEntry) -> JournalRefusal? {
        if isClosing { return .closed }
        if entry.sequence <= identity.lastSequence { return .outOfOrder }
        return entry.body.count > options.largestBody ? .tooLong : nil
    }

    /// The number was given out, but there is no entry for it. True if there is something to do now.
    package mutating func passOver(_ sequence: Int64, now: MonotonicTime) -> Bool {
        identity.lastSequence = max(identity.lastSequence, sequence)
        return isOpen && notes.passedOver(sequence, now: now)
    }

    /// A follower has got all entries up to `sequence`. Going back is not possible.
    package mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        notes.acknowledge(follower, through: sequence, now: now)
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
        if !isOpen { openDue = queue.isEmpty && notes.isEmpty ? nil : now }
        if hasNothingMoreToDo { endClosing() }
    }

    /// How many entries have not reached the disk.
    package var unwritten: Int {
        guard case .commit(let batch) = job else { return queue.count }
        return queue.count + batch.entries.count
    }

    /// What happened since the last call.
    package mutating func takeNotices() -> [StoreNotice] {
        defer { notices.removeAll() }
        return notices
    }
}

/// What to do next.
extension JournalCore {
    /// When `nextJob` will have something; nil when only a new event can bring work.
    package var deadline: MonotonicTime? {
        guard !isWorking else { return nil }
        guard isOpen else { return openDue }
        if isClosing || makesRoom { return MonotonicTime(nanoseconds: 0) }
        return Self.earlier(Self.earlier(grouping.due(waiting: queue.count), notes.due), maintenance.due)
    }

    package mutating func nextJob(now: MonotonicTime) -> JournalJob? {
        guard let deadline, deadline <= now else { return nil }
        job = isOpen ? jobWhileOpen(now: now) : .open(identity, moveAside: damage)
        return job
    }

    private static func earlier(_ one: MonotonicTime?, _ other: MonotonicTime?) -> MonotonicTime? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private mutating func jobWhileOpen(now: MonotonicTime) -> JournalJob {
        if makesRoom { return tidyUp(now: now) }
        let entriesAreDue = grouping.due(waiting: queue.count).map { $0 <= now || isClosing } ?? false
        let notesAreDue = notes.due.map { $0 <= now || isClosing } ?? false
        if entriesAreDue || notesAreDue {
            let entries =
                entriesAreDue
                ? queue.take(mostEntries: options.batching.mostEntries, mostBytes: options.batching.mostBytes) : []
            if entriesAreDue { grouping.taken(remaining: queue.count) }
            let (cursors, mark) = notes.take(lastSequence: identity.lastSequence, now: now)
            return .commit(JournalBatch(entries: entries, cursors: cursors, mark: mark))
        }
        return isClosing ? .close(identity) : tidyUp(now: now)
    }

    private func tidyUp(now: MonotonicTime) -> JournalJob {
        .maintain(options.retention, checkpoint: maintenance.includesCheckpoint(now: now))
    }

    private var hasNothingMoreToDo: Bool { isClosing && job == nil && !isOpen && openDue == nil }

    private mutating func endClosing() {
        record.closed()
        notices.append(.closed(unwritten: queue.count))
    }
}

/// How it ended.
extension JournalCore {
    package mutating func finished(_ outcome: JournalOutcome, now: MonotonicTime) {
        let done = job
        job = nil
        switch outcome {
        case .opened(let opening, let news):
            notices += news + [.opened(opening)]
            opened(opening, now: now)
        case .committed(let receipt):
            if case .commit(let batch) = done { notes.written(through: batch.mark ?? 0) }
            committed(receipt, now: now)
        case .maintained(let report):
            maintained(report, now: now)
        case .closed:
            isOpen = false
        case .failed(let failure, let news):
            notices += news
            if case .commit(let batch) = done { putBack(batch, now: now) }
            failed(failure, now: now)
        }
        if hasNothingMoreToDo { endClosing() }
    }

    private mutating func opened(_ opening: JournalOpening, now: MonotonicTime) {
        self.opening = self.opening ?? opening
        isOpen = true
        openDue = nil
        damage = nil
        identity.gatewayID = opening.gatewayID
        identity.lastSequence = max(identity.lastSequence, opening.lastSequence)
        durableThrough = max(durableThrough, opening.lastStored)
        notes.found(opening, now: now)
        maintenance.opened(now: now)
        if health == .starting || queue.isEmpty { recovered(now: now) }
    }

    private mutating func committed(_ receipt: CommitReceipt, now: MonotonicTime) {
        counts.committed += receipt.entries
        counts.commits += 1
        durableThrough = max(durableThrough, receipt.through ?? 0)
        notes.written(through: durableThrough)
        if receipt.alreadyStored > 0, !isRetrying { notices.append(.numbersUsedTwice(receipt.alreadyStored)) }
        isRetrying = false
        maintenance.committed(now: now)
        recovered(now: now)
        notices += [record.lossesToTell(dropped: queue.dropped, now: now)].compactMap(\.self)
    }

    private mutating func maintained(_ report: MaintenanceReport, now: MonotonicTime) {
        usage = report.usage
        makesRoom = makesRoom && report.more
        counts.deleted += report.deleted
        maintenance.stepped(checkpointed: report.checkpointed, more: report.more, now: now)
        if report.deletedUnsent > 0 { notices.append(.unsentDeleted(report.deletedUnsent)) }
    }

    private mutating func putBack(_ batch: JournalBatch, now: MonotonicTime) {
        isRetrying = true
        if !batch.entries.isEmpty {
            queue.putBack(batch.entries)
            grouping.putBack(now: now)
        }
        notes.putBack(batch.cursors, now: now)
    }

    private mutating func failed(_ failure: StoreFailure, now: MonotonicTime) {
        let wasOpen = isOpen
        isOpen = false
        maintenance.stop()
        if failure.reason == .corrupt { damage = failure }
        makesRoom = failure.reason == .diskFull
        counts.failures[failure.reason.name, default: 0] += 1
        let (delay, notice) = record.failed(failure, waiting: queue.count, dropped: queue.dropped, now: now)
        notices.append(notice)
        // While closing, what was open gets one more try at once; what cannot even be opened does not.
        openDue = isClosing ? (wasOpen && record.failures < 3 ? now : nil) : now + delay
    }

    private mutating func recovered(now: MonotonicTime) {
        notices += [record.recovered(dropped: queue.dropped, now: now)].compactMap(\.self)
    }
}
