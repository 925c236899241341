import Clocks

/// Lets a few lines of a kind through in each period and counts the rest, so that a flood of bad input cannot flood the
/// log as well.
package struct LogThrottle: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// Say it, and that this many like it have not been said since the last one.
        case say(suppressed: Int)
        case keepQuiet
    }

    private let burst: Int
    private let period: Nanoseconds
    private var periodBegan: MonotonicTime?
    private var said = 0
    private var suppressed = 0

    package init(burst: Int = 3, every period: Nanoseconds = .seconds(10)) {
        self.burst = burst
        self.period = period
    }

    package mutating func verdict(at now: MonotonicTime) -> Verdict {
        if let began = periodBegan, now - began < period {
            guard said < burst else {
                suppressed += 1
                return .keepQuiet
            }
        } else {
            periodBegan = now
            said = 0
        }
        said += 1
        defer { suppressed = 0 }
        return .say(suppressed: suppressed)
    }
}
