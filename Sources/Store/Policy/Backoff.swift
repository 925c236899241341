import Clocks

/// How long to wait before the next attempt: twice as long after each failure, up to a ceiling.
package struct Backoff: Equatable, Sendable {
    private let first: Nanoseconds
    private let ceiling: Nanoseconds
    private var upcoming: Nanoseconds

    /// How many attempts have failed in a row.
    package private(set) var failures = 0

    package init(first: Nanoseconds, ceiling: Nanoseconds) {
        self.first = min(first, ceiling)
        self.ceiling = ceiling
        upcoming = self.first
    }

    /// An attempt has failed: how long to wait before the next.
    package mutating func nextDelay() -> Nanoseconds {
        defer { upcoming = upcoming > ceiling / 2 ? ceiling : upcoming * 2 }
        failures += 1
        return upcoming
    }

    /// An attempt went well: the ladder starts again from its foot.
    package mutating func reset() {
        failures = 0
        upcoming = first
    }
}
