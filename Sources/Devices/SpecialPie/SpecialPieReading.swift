import Clocks
import Events

/// What a SpecialPie timer says, or a tablet that relays in its words.
package enum SpecialPieReading: Hashable, Sendable {
    case started(group: Int)
    case shot(SpecialPieShot)
    case stopped(group: Int)
    case rejected(DecoderReject)
}

package struct SpecialPieShot: Hashable, Sendable {
    /// Counted here from 1, because timers disagree about where to begin.
    package let number: Int
    /// As the timer counts.
    package let rawNumber: Int
    package let group: Int
    /// Since the beep, in hundredths of a second.
    package let time: Nanoseconds
    /// The timer does not send it: it is computed from the shot before.
    package let split: Nanoseconds
}

extension SpecialPieReading {
    /// What it means for a string of fire.
    package var action: TimerEvent.Action? {
        switch self {
        case .started: .started
        case .shot(let shot): .shot(Shot(number: shot.number, time: shot.time, split: shot.split, first: nil))
        case .stopped: .stopped(last: nil)
        case .rejected: nil
        }
    }
}
