import Clocks

/// The journal without its disk: holds what waits, decides what the writer's thread does next, and makes sense of how
/// that ended. It never waits for anything, so the live stream cannot be held up by it.
package struct JournalCore: Sendable {
    package private(set) var health = StoreHealth.starting
    package private(set) var queue: JournalQueue
    package private(set) var counts = JournalCounts()
    /// What the last step of tidying up saw.
    package private(set) var usage: JournalUsage?
    /// Up to where the entries are on the disk for good.
    package private(set) var durableThrough: Int64 = 0
    /// Up to where each follower has got the entries.
    package private(set) var cursors: [String: Int64] = [:]
    package private(set) var identity = JournalIdentity()
    /// How the journal was found when it was opened for the first time.
    package private(set) var opening: JournalOpening?

    private var options: JournalOptions
    private var grouping: GroupCommit
    private var backoff: Backoff
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
    private var changedCursors: [String: Int64] = [:]
    /// When cursors and the mark are to be written, if no entries take them along before.
    private var notesDue: MonotonicTime?
    /// No number above this one is known to the disk.
    private var mark: Int64 = 0
    private var isRetrying = false
    /// The journal was full: old entries must go before new ones can be written.
    private var makesRoom = false
    private var dropsAtLoss = JournalDrops()
    private var dropsReported = JournalDrops()
    private var overflowReportedAt: MonotonicTime?

    /// As far as numbers may run away from the mark: well below what is skipped after a crash.
    private static let mostUnmarked = JournalOpening.numbersSkippedAfterCrash / 4
    /// Cursors need no hurry: what was sent twice after a crash is recognised by its number.
    private static let noteDelay = Nanoseconds.seconds(1)
    private static let overflowReportInterval = Nanoseconds.seconds(10)

    package init(_ options: JournalOptions, now: MonotonicTime) {
        self.options = options
        queue = JournalQueue(options.queue)
        grouping = GroupCommit(options.batching)
        backoff = Backoff(first: options.firstRetry, ceiling: options.slowestRetry)
        maintenance = MaintenanceSchedule(options.maintenance)
        openDue = now
    }

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
        guard sequence - mark > Self.mostUnmarked, notesDue == nil, isOpen else { return false }
        notesDue = now
        return true
    }

    /// A follower has got all entries up to `sequence`. Going back is not possible.
    package mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        guard cursors[follower] != nil || cursors.count < options.mostFollowers else { return false }
        guard sequence > cursors[follower] ?? -1 else { return true }
        cursors[follower] = sequence
        changedCursors[follower] = sequence
        notesDue = notesDue ?? now + Self.noteDelay
        return true
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
        if !isOpen { openDue = queue.isEmpty && changedCursors.isEmpty ? nil : now }
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
        return Self.earlier(Self.earlier(grouping.due(waiting: queue.count), notesDue), maintenance.due)
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
        let notesAreDue = notesDue.map { $0 <= now || isClosing } ?? false
        if entriesAreDue || notesAreDue {
            let entries =
                entriesAreDue
                ? queue.take(mostEntries: options.batching.mostEntries, mostBytes: options.batching.mostBytes) : []
            if entriesAreDue { grouping.taken(remaining: queue.count) }
            defer { forgetNotes() }
            let marked = notesAreDue && identity.lastSequence > mark ? identity.lastSequence : nil
            return .commit(JournalBatch(entries: entries, cursors: changedCursors, mark: marked))
        }
        return isClosing ? .close(identity) : tidyUp(now: now)
    }

    private func tidyUp(now: MonotonicTime) -> JournalJob {
        .maintain(options.retention, checkpoint: maintenance.includesCheckpoint(now: now))
    }

    private mutating func forgetNotes() {
        changedCursors.removeAll(keepingCapacity: true)
        notesDue = nil
    }

    private var hasNothingMoreToDo: Bool { isClosing && job == nil && !isOpen && openDue == nil }

    private mutating func endClosing() {
        health = .closed
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
            if case .commit(let batch) = done { mark = max(mark, batch.mark ?? 0) }
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
        mark = opening.lastSequence
        for (follower, sequence) in opening.cursors where sequence > cursors[follower] ?? -1 {
            cursors[follower] = sequence
        }
        if cursors != opening.cursors {
            changedCursors = cursors
            notesDue = now
        }
        maintenance.opened(now: now)
        if health == .starting || queue.isEmpty { recovered(now: now) }
    }

    private mutating func committed(_ receipt: CommitReceipt, now: MonotonicTime) {
        counts.committed += receipt.entries
        counts.commits += 1
        durableThrough = max(durableThrough, receipt.through ?? 0)
        mark = max(mark, durableThrough)
        if receipt.alreadyStored > 0, !isRetrying { notices.append(.numbersUsedTwice(receipt.alreadyStored)) }
        isRetrying = false
        maintenance.committed(now: now)
        recovered(now: now)
        reportOverflow(now: now)
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
        // What was acknowledged in the meantime is newer.
        changedCursors.merge(batch.cursors) { newer, _ in newer }
        if !changedCursors.isEmpty { notesDue = now }
    }

    private mutating func failed(_ failure: StoreFailure, now: MonotonicTime) {
        let wasOpen = isOpen
        isOpen = false
        maintenance.stop()
        if failure.reason == .corrupt { damage = failure }
        makesRoom = failure.reason == .diskFull
        let delay = backoff.failed()
        // While closing, what was open gets one more try at once; what cannot even be opened does not.
        openDue = isClosing ? (wasOpen && backoff.failures < 3 ? now : nil) : now + delay
        counts.failures[failure.reason.name, default: 0] += 1
        if case .degraded(_, let since) = health {
            notices.append(
                .stillDegraded(
                    failure, lasted: now - since, waiting: queue.count, dropped: queue.dropped - dropsAtLoss,
                    retryIn: delay))
            health = .degraded(failure, since: since)
        } else {
            dropsAtLoss = queue.dropped
            notices.append(.degraded(failure, retryIn: delay))
            health = .degraded(failure, since: now)
        }
    }

    private mutating func recovered(now: MonotonicTime) {
        backoff.succeeded()
        if case .degraded(_, let since) = health {
            notices.append(.recovered(lasted: now - since, dropped: queue.dropped - dropsAtLoss))
            dropsReported = queue.dropped
        }
        health = .healthy
    }

    private mutating func reportOverflow(now: MonotonicTime) {
        guard queue.dropped != dropsReported else { return }
        if let overflowReportedAt, now - overflowReportedAt < Self.overflowReportInterval { return }
        overflowReportedAt = now
        notices.append(.overflowing(dropped: queue.dropped - dropsReported))
        dropsReported = queue.dropped
    }
}
