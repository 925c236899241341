import Clocks

/// The answer to `REQ SCREEN HEX`: what the timer shows. Like a push, but without the number of the string.
///
///     01 ss cc tt  TT TT  PP PP  FF FF  LL LL
package struct AMGScreen: Hashable, Sendable {
    package let state: AMGState
    package let shot: Int
    package let total: Int
    package let time: Nanoseconds
    package let split: Nanoseconds
    package let first: Nanoseconds
    package let last: Nanoseconds

    static let length = 12

    /// The slice is known to have 12 bytes.
    init(frame: ArraySlice<UInt8>) {
        state = AMGState(code: frame.byte(at: 1))
        shot = Int(frame.byte(at: 2))
        total = Int(frame.byte(at: 3))
        time = .centiseconds(frame.bigEndian16(at: 4))
        split = .centiseconds(frame.bigEndian16(at: 6))
        first = .centiseconds(frame.bigEndian16(at: 8))
        last = .centiseconds(frame.bigEndian16(at: 10))
    }
}
