/// The entries that wait for the disk, in memory, in order, and bounded in number and bytes.
///
/// When there is no room the oldest telemetry goes. Urgent entries stay until they alone reach the hard limits, which
/// leaves room for hours of shots while a disk is away. Every loss is counted.
package struct JournalQueue: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Telemetry is dropped above these.
        package var entries = 20_000
        package var bytes = 8 << 20
        /// Urgent entries are dropped above these. They are never below the first two.
        package var hardEntries = 30_000
        package var hardBytes = 12 << 20

        package init() {}
    }

    package let limits: Limits
    package private(set) var bytes = 0
    package private(set) var dropped = JournalDrops()

    // Two queues and not one, so that the oldest telemetry is found without a search. Their sequence numbers say how
    // they belong together.
    private var telemetry = EntryRing()
    private var urgent = EntryRing()

    package init(_ limits: Limits) {
        self.limits = limits
    }

    package var count: Int { telemetry.count + urgent.count }
    package var isEmpty: Bool { count == 0 }

    package mutating func append(_ entry: JournalEntry, _ urgency: JournalUrgency) {
        bytes += entry.weight
        switch urgency {
        case .telemetry: telemetry.append(entry)
        case .urgent: urgent.append(entry)
        }
        if exceedsLimits { enforceLimits() }
    }

    /// Takes the oldest entries, in order: at most so many, and at least one if there is any.
    package mutating func dequeue(maximumEntries: Int, maximumBytes: Int) -> [PendingEntry] {
        var taken: [PendingEntry] = []
        taken.reserveCapacity(min(count, maximumEntries))
        var takenBytes = 0
        while taken.count < maximumEntries, let next = oldest {
            takenBytes += next.entry.weight
            guard taken.isEmpty || takenBytes <= maximumBytes else { break }
            remove(next.urgency)
            taken.append(next)
        }
        return taken
    }

    /// Puts back what `take` gave, when it could not be used. What has come in since then stands behind it.
    package mutating func requeue(_ entries: [PendingEntry]) {
        for waiting in entries.reversed() {
            bytes += waiting.entry.weight
            switch waiting.urgency {
            case .telemetry: telemetry.prepend(waiting.entry)
            case .urgent: urgent.prepend(waiting.entry)
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
