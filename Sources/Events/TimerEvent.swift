import Clocks

/// A shot timer reported the start, a shot or the end of a string of fire.
package struct TimerEvent: Hashable, Sendable {
    package let timer: DeviceID
    package let action: Action
    /// The timer's string counter since power-on, where it has one.
    package let string: Int?
    /// The bytes of the report; empty if there are none.
    package let frame: [UInt8]
    package let source: TimerReportSource

    package enum Action: Hashable, Sendable {
        /// The start beep.
        case started
        case shot(Shot)
        /// The string ended; `last` is nil if there were no shots. The protocol does not say how it was stopped.
        case stopped(last: Shot?)
        /// The times of a whole string, queried to recover what was missed while disconnected.
        case listed(times: [Nanoseconds])
    }

    package init(
        timer: DeviceID, action: Action, string: Int?, frame: [UInt8] = [], source: TimerReportSource = .pushed
    ) {
        self.source = source
        self.timer = timer
        self.action = action
        self.string = string
        self.frame = frame
    }
}

/// One shot by the timer's clock. All times are since the beep.
package struct Shot: Hashable, Sendable {
    /// Counted from 1.
    package let number: Int
    package let time: Nanoseconds
    /// Since the previous shot, or since the beep for the first one.
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

/// How a timer's report was obtained. Raw values are stable names.
package enum TimerReportSource: String, CaseIterable, Sendable {
    /// Sent by the timer when it happened: the arrival time is meaningful.
    case pushed
    /// Seen in the regular poll, shortly after it happened.
    case polled
    /// Obtained by a later query: it happened at some time before the arrival.
    case repaired
}
