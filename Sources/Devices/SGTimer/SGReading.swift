import Clocks
import Events

/// What an SG Timer says. A session is the timer's word for a string; its number is the second in which it began, since
/// 1970 and by the timer's own clock.
package enum SGReading: Hashable, Sendable {
    /// Somebody has pressed start; the beep follows after the delay.
    case started(session: UInt32, delay: Nanoseconds)
    case suspended(session: UInt32, shots: Int)
    case resumed(session: UInt32, shots: Int)
    case stopped(session: UInt32, shots: Int)
    case shot(SGShot)
    /// The beep.
    case began(session: UInt32)
    /// The answer to a command.
    case answered(command: UInt8, isAccepted: Bool)
    /// One shot of a saved session; nil when there are no more.
    case saved(SGSavedShot?)
    case rejected(DecoderReject)
}

package struct SGShot: Hashable, Sendable {
    package let session: UInt32
    /// Counted here from 1, because documents disagree about where the timer begins.
    package let number: Int
    /// As the timer counts.
    package let rawNumber: Int
    /// Since the beep, in milliseconds.
    package let time: Nanoseconds
    package let split: Nanoseconds
}

package struct SGSavedShot: Hashable, Sendable {
    /// Counted from 0.
    package let rawNumber: Int
    package let time: Nanoseconds
}

extension SGReading {
    /// What it means for a string of fire; nil for what is not part of one.
    package var action: TimerEvent.Action? {
        switch self {
        case .began: .started
        case .shot(let shot): .shot(Shot(number: shot.number, time: shot.time, split: shot.split, first: nil))
        case .stopped: .stopped(last: nil)
        case .started, .suspended, .resumed, .answered, .saved, .rejected: nil
        }
    }
}
