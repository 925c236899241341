import Clocks

/// Decides when buffered changes are committed. A commit costs one flush of the disk however many changes it holds, so
/// they are collected for a moment, unless one of them is urgent.
package struct GroupCommit: Sendable {
    package struct Options: Equatable, Sendable {
        /// The longest delay before a commit begins, while the disk keeps up.
        package var maximumDelay = Nanoseconds.milliseconds(100)
        /// This many changes are committed without delay.
        package var fullBatch = 64
        /// The limits of one commit; the rest goes into the next.
        package var maximumEntries = 1_024
        package var maximumBytes = 1 << 20
        package var maximumWriteBytes = 2 << 20

        package init() {}
    }

    package let options: Options
    private var waitingSince: MonotonicTime?
    private var isUrgent = false

    package init(_ options: Options) {
        self.options = options
    }

    /// Records that a change was buffered.
    package mutating func added(_ urgency: JournalUrgency, now: MonotonicTime) {
        if waitingSince == nil { waitingSince = now }
        if urgency == .urgent { isUrgent = true }
    }

    /// When the commit of `waiting` changes is due: now if in the past, nil if there are none.
    package func due(waiting: Int) -> MonotonicTime? {
        guard waiting > 0, let waitingSince else { return nil }
        return isUrgent || waiting >= options.fullBatch ? waitingSince : waitingSince + options.maximumDelay
    }

    /// Makes the next commit due at once.
    package mutating func expedite() {
        isUrgent = true
    }

    /// Records that a commit has taken changes; `remaining` did not fit, and are due at once.
    package mutating func dequeued(remaining: Int) {
        isUrgent = remaining > 0
        if remaining == 0 { waitingSince = nil }
    }

    /// Records that a commit has failed: its changes are due as soon as the disk is back.
    package mutating func requeued(now: MonotonicTime) {
        waitingSince = waitingSince ?? now
        isUrgent = true
    }
}
