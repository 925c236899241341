import Clocks

/// Lets a few lines of a kind through in each period and counts the rest, so that a flood of bad input cannot flood the
/// log as well.
package struct LogThrottle: Sendable {
    package enum Decision: Equatable, Sendable {
        /// Say it, and that this many like it have not been said since the last one.
        case log(suppressed: Int)
        case suppress
    }

    private let burst: Int
    private let period: Nanoseconds
    private var periodBegan: MonotonicTime?
    private var logged = 0
    private var suppressed = 0

    package init(burst: Int = 3, every period: Nanoseconds = .seconds(10)) {
        self.burst = burst
        self.period = period
    }

    package mutating func decide(at now: MonotonicTime) -> Decision {
        if let began = periodBegan, now - began < period {
            guard logged < burst else {
                suppressed += 1
                return .suppress
            }
        } else {
            periodBegan = now
            logged = 0
        }
        logged += 1
        defer { suppressed = 0 }
        return .log(suppressed: suppressed)
    }
}
