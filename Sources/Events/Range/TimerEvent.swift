import Clocks

/// A shot timer saw the string of fire begin, go on or end.
package struct TimerEvent: Hashable, Sendable {
    package let timer: DeviceID
    package let action: Action
    /// The timer's own count of strings since it was switched on, where it has one.
    package let string: Int?
    /// The bytes in which the timer said so; empty when there are none.
    package let frame: [UInt8]
    /// How it was learnt, where that is known.
    package let source: TimerReportSource?

    package enum Action: Hashable, Sendable {
        /// The beep.
        case started
        case shot(Shot)
        /// The string ended. The last shot, unless none was heard. How it was stopped is not on the wire.
        case stopped(last: Shot?)
        /// The times of a whole string, asked for afterwards: it repairs what was lost while the link was down.
        case listed(times: [Nanoseconds])
    }

    package init(
        timer: DeviceID, action: Action, string: Int?, frame: [UInt8] = [], source: TimerReportSource? = nil
    ) {
        self.source = source
        self.timer = timer
        self.action = action
        self.string = string
        self.frame = frame
    }
}

/// One shot by the timer's clock. All times count from the beep.
package struct Shot: Hashable, Sendable {
    /// Counted from 1.
    package let number: Int
    package let time: Nanoseconds
    /// Since the shot before, or since the beep for the first one.
    package let split: Nanoseconds
    /// The time of the string's first shot, where the timer repeats it.
    package let first: Nanoseconds?

    package init(number: Int, time: Nanoseconds, split: Nanoseconds, first: Nanoseconds?) {
        self.number = number
        self.time = time
        self.split = split
        self.first = first
    }
}
