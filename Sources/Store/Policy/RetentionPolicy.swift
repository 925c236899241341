import Clocks

/// How much history is retained: events by days and megabytes, whichever limit is reached first, the rest by number.
///
/// When space is needed, telemetry goes first, and then the group that is furthest above its share of the journal
/// (`JournalGroup.share`): a flood of one kind of event never pushes out another kind that stays within its share.
///
/// Excess events are deleted in small steps, so that no step delays a commit. Events that a follower has not
/// acknowledged outlive the days, but not the megabytes.
package struct RetentionPolicy: Equatable, Sendable {
    /// nil: no limit of age.
    package var days: Int?
    /// Of the database file, in MiB. The write-ahead log beside it takes a few more.
    package var megabytes: Int
    package var runs = 10_000
    package var explanations = 50_000
    package var recordings = 100
    package var workouts = 20_000
    /// Of all workouts; they never take more than half of the file.
    package var workoutMegabytes = 256
    /// Recordings of motion, of up to 2.5 MB each.
    package var motions = 100
    /// A step deletes at most this many events,
    package var sliceEntries = 1_000
    /// or returns at most this many pages to the file system.
    package var slicePages = 256

    package init(days: Int? = 30, megabytes: Int = 512) {
        self.days = days
        self.megabytes = max(megabytes, Self.minimumMegabytes)
    }

    package static let minimumMegabytes = 4

    package enum Step: Equatable, Sendable {
        case nothing
        /// Count entries that are not counted yet.
        case count(atMost: Int)
        /// Delete the oldest events that are older than this and have a sequence number up to `through`.
        case deleteExpired(before: WallTime, through: Int64, atMost: Int)
        /// Delete the oldest events of a group, acknowledged or not.
        case evict(JournalGroup, atMost: Int)
        /// Return free pages to the file system.
        case shrink(pages: Int)
    }

    /// What may expire by age.
    package struct Expiry: Equatable, Sendable {
        package var now: WallTime
        /// Later entries are certainly younger than the limit, whatever the clock said when they were stored.
        package var through: Int64

        package init(now: WallTime, through: Int64 = .max) {
            self.now = now
            self.through = through
        }
    }

    /// The next thing to do for the file in its present state.
    ///
    /// - Parameter expiry: nil while the clock cannot be trusted: then nothing expires by age.
    package func step(for usage: StoreUsage, _ expiry: Expiry?) -> Step {
        if usage.oldest != nil, !usage.groupBytes.isComplete { return .count(atMost: sliceEntries * 20) }
        if usage.usedBytes > limitForUse, usage.oldest != nil, let group = groupToEvict(usage.groupBytes) {
            return .evict(group, atMost: sliceEntries)
        }
        if let days, let oldest = usage.oldest, let expiry {
            let cutoff = expiry.now + Nanoseconds.seconds(-86_400 * Int64(days))
            let through = min(usage.acknowledged ?? .max, expiry.through)
            // An event from the future has an unknown age: it goes together with the first one behind it that is old.
            if oldest.time < cutoff || oldest.time > expiry.now, oldest.sequence <= through {
                return .deleteExpired(before: cutoff, through: through, atMost: sliceEntries)
            }
        }
        // Free pages are reused by the next events. Only the surplus is returned.
        let spare = usage.freePages - slack / max(1, usage.pageSize)
        return spare > 0 ? .shrink(pages: min(spare, slicePages)) : .nothing
    }

    /// Nil if there is nothing to evict.
    private func groupToEvict(_ groupBytes: JournalGroupBytes) -> JournalGroup? {
        func excess(_ group: JournalGroup) -> Int { groupBytes[group] - limitForUse / 16 * group.share }
        if excess(.telemetry) > 0 { return .telemetry }
        let greediest = JournalGroup.allCases.max { excess($0) < excess($1) }
        if let greediest, excess(greediest) > 0 { return greediest }
        // Everything is within its share: other tables take the space.
        return JournalGroup.allCases.first { groupBytes[$0] > 0 }
    }

    /// Finds how many of the oldest entries have expired. Entries are stored in the order of time, so the first that is young
    /// ends them; an entry from the future, stored while the clock was wrong, is as old as the next entry that is old.
    package struct ExpiredPrefix: Sendable {
        private let cutoff: WallTime
        private let now: WallTime
        private let maximum: Int
        private var added = 0
        /// The number of expired entries.
        package private(set) var count = 0

        package init(before cutoff: WallTime, now: WallTime, atMost maximum: Int) {
            self.cutoff = cutoff
            self.now = now
            self.maximum = maximum
        }

        /// Adds the next entry. False when there cannot be any further expired ones, or there are enough.
        package mutating func add(_ time: WallTime) -> Bool {
            guard count < maximum, time < cutoff || time > now else { return false }
            added += 1
            if time < cutoff { count = min(added, maximum) }
            return true
        }
    }

    private var limit: Int { megabytes << 20 }
    private var slack: Int { min(4 << 20, limit / 8) }
    private var limitForUse: Int { limit - slack }

    /// The maximum number of explanations that are retained: in a small file they take no more than about an eighth of it.
    package var maximumExplanations: Int { min(explanations, megabytes * 128) }
    package var maximumRecordings: Int { min(recordings, max(4, megabytes / 4)) }
    package var maximumWorkoutBytes: Int { min(workoutMegabytes << 20, limit / 2) }
    package var maximumMotions: Int { min(motions, max(4, megabytes / 8)) }

    /// The maximum number of pages that the file may ever have; SQLite itself enforces it, in case deletion does not keep up.
    package func maximumPages(ofSize pageSize: Int) -> Int {
        (limit + limit / 4) / max(1, pageSize)
    }
}

/// How large the file is, and which events it holds.
package struct StoreUsage: Equatable, Sendable {
    package struct Position: Equatable, Sendable {
        package var sequence: Int64
        package var time: WallTime

        package init(sequence: Int64, time: WallTime) {
            self.sequence = sequence
            self.time = time
        }
    }

    package var pageSize: Int
    /// All pages of the file, including free ones.
    package var pages: Int
    package var freePages: Int
    package var oldest: Position?
    package var newest: Position?
    /// What all followers have acknowledged; nil without followers.
    package var acknowledged: Int64?
    package var groupBytes: JournalGroupBytes

    package init(
        pageSize: Int, pages: Int, freePages: Int, oldest: Position? = nil, newest: Position? = nil,
        acknowledged: Int64? = nil, groupBytes: JournalGroupBytes = JournalGroupBytes()
    ) {
        self.groupBytes = groupBytes
        self.pageSize = pageSize
        self.pages = pages
        self.freePages = freePages
        self.oldest = oldest
        self.newest = newest
        self.acknowledged = acknowledged
    }

    package var usedBytes: Int { (pages - freePages) * pageSize }
    package var fileBytes: Int { pages * pageSize }

    /// The time from the oldest to the newest event.
    package var span: Nanoseconds? {
        guard let oldest, let newest else { return nil }
        return newest.time - oldest.time
    }

    /// The time that a full file would cover at the rate of the events so far; nil when there are too few to tell.
    package func expectedSpan(in policy: RetentionPolicy) -> Nanoseconds? {
        guard let span, span.count > 0, usedBytes > 64 * pageSize else { return nil }
        let bySize = span.inSeconds * Double(policy.megabytes << 20) / Double(usedBytes)
        let byAge = Double(policy.days ?? 36_525) * 86_400
        return Nanoseconds.seconds(Int64(min(bySize, byAge)))
    }
}
