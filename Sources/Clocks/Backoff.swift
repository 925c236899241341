/// How long to wait before the next attempt: twice as long after each failure, up to a limit.
package struct Backoff: Equatable, Sendable {
    private let first: Nanoseconds
    private let limit: Nanoseconds
    private var upcoming: Nanoseconds

    /// How many attempts in a row have failed.
    package private(set) var failures = 0

    package init(first: Nanoseconds, limit: Nanoseconds) {
        self.first = min(first, limit)
        self.limit = limit
        upcoming = self.first
    }

    /// Records a failure; returns the delay before the next attempt.
    package mutating func nextDelay() -> Nanoseconds {
        defer { upcoming = upcoming > limit / 2 ? limit : upcoming * 2 }
        failures += 1
        return upcoming
    }

    /// Starts over with the shortest delay, after a success.
    package mutating func reset() {
        failures = 0
        upcoming = first
    }
}
