import Clocks

/// How many beats a board may tell. No heart needs more; a board that has lost its mind prints as fast as its line takes.
struct BeatRateLimiter {
    /// As many may come together after a pause in which nobody could listen.
    static let burst = 16
    /// For each further one. No heart beats 300 times a minute for long.
    static let interval = Nanoseconds.milliseconds(200)

    private var left = burst
    private var lastGrant: MonotonicTime?

    /// Whether one more is allowed.
    mutating func allow(at time: MonotonicTime) -> Bool {
        if let lastGrant {
            let granted = (time - lastGrant).count / Self.interval.count
            if granted > 0 {
                left = Int(min(Int64(Self.burst), Int64(left) + granted))
                self.lastGrant = lastGrant + Self.interval * granted
            }
        } else {
            lastGrant = time
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
