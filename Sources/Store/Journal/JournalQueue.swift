/// The entries that wait for the disk, in memory, in order, and bounded in number and bytes.
///
/// When it is full the oldest telemetry is dropped. Urgent entries stay until they alone reach the hard limits, which
/// leaves room for hours of shots during an outage. Every drop is counted.
package struct JournalQueue: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Telemetry is dropped above these.
        package var entries = 20_000
        package var bytes = 8 << 20
        /// Urgent entries are dropped above these, which are never below the first two.
        package var hardEntries = 30_000
        package var hardBytes = 12 << 20

        package init() {}
    }

    package let limits: Limits
    package private(set) var bytes = 0
    package private(set) var dropped = StoreDrops()

    // Two queues, so that the oldest telemetry is found without a search. Sequence numbers restore the common order.
    private var telemetry = EntryRing()
    private var urgent = EntryRing()

    package init(_ limits: Limits) {
        self.limits = limits
    }

    package var count: Int { telemetry.count + urgent.count }
    package var isEmpty: Bool { count == 0 }
    package var firstSequence: Int64? { oldest?.entry.sequence }

    package mutating func append(_ entry: JournalEntry, _ urgency: JournalUrgency) {
        bytes += entry.weight
        switch urgency {
        case .telemetry: telemetry.append(entry)
        case .urgent: urgent.append(entry)
        }
        if exceedsLimits { enforceLimits() }
    }

    /// Removes and returns the oldest entries, in order: within the limits, but at least one if there is any.
    package mutating func dequeue(maximumEntries: Int, maximumBytes: Int) -> [PendingEntry] {
        var batch: [PendingEntry] = []
        batch.reserveCapacity(min(count, maximumEntries))
        var batchBytes = 0
        while batch.count < maximumEntries, let next = oldest {
            batchBytes += next.entry.weight
            guard batch.isEmpty || batchBytes <= maximumBytes else { break }
            remove(next.urgency)
            batch.append(next)
        }
        return batch
    }

    /// Puts dequeued entries back in front, after their commit has failed.
    package mutating func requeue(_ entries: [PendingEntry]) {
        for pending in entries.reversed() {
            bytes += pending.entry.weight
            switch pending.urgency {
            case .telemetry: telemetry.prepend(pending.entry)
            case .urgent: urgent.prepend(pending.entry)
            }
        }
        enforceLimits()
    }

    private var oldest: PendingEntry? {
        switch (telemetry.first, urgent.first) {
        case (nil, nil): nil
        case (let entry?, nil): PendingEntry(entry, .telemetry)
        case (nil, let entry?): PendingEntry(entry, .urgent)
        case (let first?, let second?):
            first.sequence < second.sequence ? PendingEntry(first, .telemetry) : PendingEntry(second, .urgent)
        }
    }

    private mutating func remove(_ urgency: JournalUrgency) {
        let entry = urgency == .urgent ? urgent.removeFirst() : telemetry.removeFirst()
        bytes -= entry?.weight ?? 0
    }

    private var exceedsLimits: Bool { count > limits.entries || bytes > limits.bytes }
    private var exceedsHardLimits: Bool { count > limits.hardEntries || bytes > limits.hardBytes }

    private mutating func enforceLimits() {
        while exceedsLimits, !telemetry.isEmpty {
            remove(.telemetry)
            dropped.telemetry += 1
        }
        while exceedsHardLimits, !urgent.isEmpty {
            remove(.urgent)
            dropped.urgent += 1
        }
    }
}

/// A double-ended queue in a ring buffer that is reused, so that nothing is allocated in the steady state. It grows as
/// needed; its owner bounds it.
struct EntryRing {
    private var slots: [JournalEntry?] = []
    private var head = 0
    private(set) var count = 0

    /// A larger buffer is released once it is empty: it was needed for an outage, not in the steady state.
    private static let retainedCapacity = 1_024

    var isEmpty: Bool { count == 0 }

    var first: JournalEntry? {
        count == 0 ? nil : slots[head]
    }

    mutating func append(_ entry: JournalEntry) {
        growIfFull()
        slots[(head + count) & (slots.count - 1)] = entry
        count += 1
    }

    mutating func prepend(_ entry: JournalEntry) {
        growIfFull()
        head = (head + slots.count - 1) & (slots.count - 1)
        slots[head] = entry
        count += 1
    }

    mutating func removeFirst() -> JournalEntry? {
        guard count > 0 else { return nil }
        let entry = slots[head].take()
        head = (head + 1) & (slots.count - 1)
        count -= 1
        if count == 0, slots.count > Self.retainedCapacity { self = EntryRing() }
        return entry
    }

    /// The number of slots is a power of two, so that indices wrap with an AND.
    private mutating func growIfFull() {
        guard count == slots.count else { return }
        var larger: [JournalEntry?] = []
        larger.reserveCapacity(max(64, 2 * slots.count))
        for offset in 0..<count { larger.append(slots[(head + offset) & (slots.count - 1)]) }
        while larger.count < max(64, 2 * count) { larger.append(nil) }
        slots = larger
        head = 0
    }
}
