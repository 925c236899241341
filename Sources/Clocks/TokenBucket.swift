/// Admits a burst, and after that a steady rate. All that it remembers is when it is full again.
package struct TokenBucket: Hashable, Sendable {
    package struct Rate: Hashable, Sendable {
        /// How long one token takes to come back.
        fileprivate let interval: Nanoseconds
        /// How long all of them take.
        fileprivate let whole: Nanoseconds

        /// - Parameters: from 1 to a thousand million.
        package init(perSecond: Int, burst: Int) {
            interval = Nanoseconds(max(1, 1_000_000_000 / Int64(clamping: max(1, perSecond))))
            whole = interval * Int64(clamping: min(max(1, burst), 1_000_000_000))
        }
    }

    /// In the past or the future.
    private var fullAt = MonotonicTime(nanoseconds: .min)

    package init() {}

    /// Spends tokens if there are enough of them. Otherwise returns how long it takes until there are.
    package mutating func spend(_ count: Int = 1, at now: MonotonicTime, _ rate: Rate) -> Nanoseconds? {
        let next = max(fullAt, now) + rate.interval * Int64(clamping: count)
        let excess = next - now - rate.whole
        guard excess <= .zero else { return excess }
        fullAt = next
        return nil
    }

    /// Spends tokens even if there are not enough of them. Returns how long it takes until the missing ones are back.
    package mutating func overdraw(_ count: Int = 1, at now: MonotonicTime, _ rate: Rate) -> Nanoseconds? {
        fullAt = max(fullAt, now) + rate.interval * Int64(clamping: count)
        let excess = fullAt - now - rate.whole
        return excess > .zero ? excess : nil
    }

    /// Whether it differs from a new one.
    package func isInUse(at now: MonotonicTime) -> Bool { fullAt > now }

    /// Whether it has more tokens than another one of the same rate.
    package static func isFuller(_ left: Self, _ right: Self) -> Bool { left.fullAt < right.fullAt }
}
