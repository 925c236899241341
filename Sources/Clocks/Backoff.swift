/// How long to wait before the next attempt: longer after each failure, up to a limit.
package struct Backoff: Hashable, Sendable {
    /// By how much each delay is longer than the one before.
    package enum Growth: Sendable {
        case double, half
    }

    private let first: Nanoseconds
    private let limit: Nanoseconds
    private let growth: Growth
    private var upcoming: Nanoseconds

    /// How many attempts in a row have failed.
    package private(set) var failures = 0

    package init(first: Nanoseconds, limit: Nanoseconds, growth: Growth = .double) {
        self.first = min(first, limit)
        self.limit = limit
        self.growth = growth
        upcoming = self.first
    }

    /// Records a failure; returns the delay before the next attempt.
    package mutating func nextDelay() -> Nanoseconds {
        let delay = upcoming
        let step = growth == .double ? delay : delay / 2
        upcoming = step > limit - delay ? limit : delay + step
        failures += 1
        return delay
    }

    /// Starts over with the shortest delay, after a success.
    package mutating func reset() {
        failures = 0
        upcoming = first
    }
}
