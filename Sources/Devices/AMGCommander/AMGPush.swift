import Clocks
import Events

/// The packet that the timer sends by itself, when its "BLE push" setting is on.
///
///     01 ss cc tt  TT TT  PP PP  FF FF  LL LL  NN NN
///
/// - ss: what happened · cc: this shot · tt: shots so far; at the start those of the string before
/// - TT: time since the beep · PP: split · FF: first shot · LL: last shot, all in centiseconds, unsigned, high byte first
/// - NN: number of the string since the timer was switched on
///
/// At the start FF and LL still belong to the string before. A stop repeats the last shot.
package struct AMGPush: Hashable, Sendable {
    package let state: AMGState
    package let shot: Int
    package let total: Int
    package let time: Nanoseconds
    package let split: Nanoseconds
    package let first: Nanoseconds
    package let last: Nanoseconds
    package let string: Int

    static let length = 14

    /// The slice is known to have 14 bytes.
    init(frame: ArraySlice<UInt8>) {
        state = AMGState(code: frame.byte(at: 1))
        shot = Int(frame.byte(at: 2))
        total = Int(frame.byte(at: 3))
        time = .centiseconds(frame.bigEndian16(at: 4))
        split = .centiseconds(frame.bigEndian16(at: 6))
        first = .centiseconds(frame.bigEndian16(at: 8))
        last = .centiseconds(frame.bigEndian16(at: 10))
        string = Int(frame.bigEndian16(at: 12))
    }
}

/// What the timer is doing, or has just done.
package enum AMGState: Hashable, Sendable {
    case shot
    /// The beep has sounded.
    case started
    case stopped
    /// A code that no document explains. The timer is not wrong for sending it.
    case other(UInt8)

    package init(code: UInt8) {
        self =
            switch code {
            case 3: .shot
            case 5: .started
            case 8: .stopped
            default: .other(code)
            }
    }

    package var code: UInt8 {
        switch self {
        case .shot: 3
        case .started: 5
        case .stopped: 8
        case .other(let code): code
        }
    }
}

extension AMGPush {
    /// What it means for a string of fire; nil for what nobody can explain.
    package var action: TimerEvent.Action? {
        switch state {
        case .started: .started
        case .shot: .shot(asShot)
        case .stopped: .stopped(last: shot > 0 ? asShot : nil)
        case .other: nil
        }
    }

    private var asShot: Shot {
        Shot(number: shot, time: time, split: split, first: first)
    }
}
