import Clocks

/// Decides when waiting entries are committed. A commit costs one flush of the disk however many entries it holds, so
/// they are collected for a moment, unless one of them is urgent.
package struct GroupCommit: Sendable {
    package struct Options: Equatable, Sendable {
        /// No entry waits longer than this for its commit to begin (as long as the disk keeps up).
        package var maximumDelay = Nanoseconds.milliseconds(100)
        /// As many entries as this do not wait at all.
        package var fullBatch = 64
        /// At most so much goes into one commit; the rest follows in the next.
        package var maximumEntries = 1_024
        package var maximumBytes = 1 << 20

        package init() {}
    }

    package let options: Options
    private var waitingSince: MonotonicTime?
    private var isUrgent = false

    package init(_ rule: Options) {
        self.options = rule
    }

    /// An entry has joined those that wait.
    package mutating func added(_ urgency: JournalUrgency, now: MonotonicTime) {
        if waitingSince == nil { waitingSince = now }
        if urgency == .urgent { isUrgent = true }
    }

    /// When the commit of `waiting` entries is due; a moment that has passed means at once, nil that none waits.
    package func due(waiting: Int) -> MonotonicTime? {
        guard waiting > 0, let waitingSince else { return nil }
        return isUrgent || waiting >= options.fullBatch ? waitingSince : waitingSince + options.maximumDelay
    }

    /// Entries have been taken for a commit, and `remaining` did not fit. Those have waited long enough already.
    package mutating func dequeued(remaining: Int) {
        isUrgent = remaining > 0
        if remaining == 0 { waitingSince = nil }
    }

    /// The commit failed and its entries wait again. They go first, and at once, when the disk is back.
    package mutating func requeued(now: MonotonicTime) {
        waitingSince = waitingSince ?? now
        isUrgent = true
    }
}
