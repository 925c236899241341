import Clocks

/// A shot of a run.
package struct RunShot: Hashable, Sendable {
    /// Counted from 1.
    package let number: Int
    /// Since the beep, as the timer shows it.
    package let time: Nanoseconds
    /// Since the shot before, or since the beep for the first one.
    package let split: Nanoseconds
    /// When it was fired by our clock; nil when the string's beginning was never heard.
    package let fired: WallTime?
    /// The true moment lies this close to `fired`, before or after.
    package let error: Nanoseconds?
    /// It was lost on the way, and found when the timer was asked.
    package let isRepaired: Bool

    package init(
        number: Int, time: Nanoseconds, split: Nanoseconds, fired: WallTime? = nil, error: Nanoseconds? = nil,
        isRepaired: Bool = false
    ) {
        self.number = number
        self.time = time
        self.split = split
        self.fired = fired
        self.error = error
        self.isRepaired = isRepaired
    }
}
