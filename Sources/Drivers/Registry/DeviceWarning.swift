/// Something about a device that a person should know while it lasts. The raw value is a stable name.
package enum DeviceWarning: String, CaseIterable, Comparable, Sendable {
    /// The timer tells nothing by itself, and is asked again and again instead.
    case pushesOff = "pushes_off"
    /// It does not measure as often as it should.
    case slowRate = "slow_rate"
    /// Connecting to it has failed several times.
    case unreachable

    /// For people.
    var text: String {
        switch self {
        case .pushesOff: "it does not report by itself, so it is asked again and again: switch its push mode on"
        case .slowRate: "it measures more slowly than it was told to"
        case .unreachable: "connecting to it keeps failing"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
