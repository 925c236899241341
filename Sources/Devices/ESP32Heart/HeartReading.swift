import Events
import JSON

/// What a heart board says once a second.
package struct HeartReading: Hashable, Sendable {
    package let user: HeartUser
    /// As the device sent it; 0 as long as it has not heard a beat. Always finite.
    package let beatsPerMinute: HeartNumber
    /// Whether a finger lies on the sensor, by the truthiness of what was sent. Nil when nothing was: such senders are
    /// taken to have a finger.
    package let fingerDetected: Bool?
    /// The board's `millis()`: it begins at zero with each start and wraps after 49.7 days. Other senders put seconds
    /// since 1970 here.
    package let timestamp: HeartNumber?
    /// The wireless signal in dBm; other senders put percent here.
    package let signalStrength: HeartNumber?
    package let infrared: HeartNumber?
    package let red: HeartNumber?
    package let sensorType: String?
    package let deviceID: String?
    /// All that the device sent, in its order and its own words, also what the gateway does not know: clients get that
    /// too. Empty when the reading did not come as JSON.
    package let members: JSONMembers

    package init(
        user: HeartUser, beatsPerMinute: HeartNumber, fingerDetected: Bool? = nil, timestamp: HeartNumber? = nil,
        signalStrength: HeartNumber? = nil, infrared: HeartNumber? = nil, red: HeartNumber? = nil,
        sensorType: String? = nil, deviceID: String? = nil, members: JSONMembers = JSONMembers()
    ) {
        self.user = user
        self.beatsPerMinute = beatsPerMinute
        self.fingerDetected = fingerDetected
        self.timestamp = timestamp
        self.signalStrength = signalStrength
        self.infrared = infrared
        self.red = red
        self.sensorType = sensorType
        self.deviceID = deviceID
        self.members = members
    }
}

/// A number that remembers whether it was sent as an integer, because clients see it again: 72 stays 72, and 72.0 stays
/// 72.0.
package enum HeartNumber: Hashable, Sendable {
    case integer(Int64)
    case number(Double)

    package var doubleValue: Double {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        }
    }
}
