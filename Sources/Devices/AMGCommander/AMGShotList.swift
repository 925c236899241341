import Clocks
import Events

/// The answer to `REQ STRING HEX`: the times of all shots of a string, each since the beep.
package struct AMGShotList: Hashable, Sendable {
    package let times: [Nanoseconds]
    package let end: End

    /// How it was known that the list is complete: the timer does not say. The raw value is a stable name.
    package enum End: String, CaseIterable, Sendable {
        /// A packet with fewer times than it has room for.
        case shortPacket = "short_packet"
        /// As many times as the timer had counted shots.
        case total
        /// The seventeenth packet: there is no code for another one.
        case lastPacket = "last_packet"
        /// Nothing more came. If a packet was lost, this list is too short.
        case silence
    }

    package var action: TimerEvent.Action { .listed(times: times) }
}
