import Clocks
import Events
import JSON

/// What a heart board says once a second.
package struct HeartReading: Hashable, Sendable {
    package let user: HeartUser
    /// As the device sent it; 0 as long as it has not heard a beat. Always finite when it came as JSON.
    package let beatsPerMinute: HeartNumber
    /// Whether a finger lies on the sensor, by the truthiness of what was sent. Nil when nothing was: such senders are
    /// taken to have a finger.
    package let fingerDetected: Bool?
    /// The name that the device gives itself, if it does.
    package let deviceID: String?
    /// All that the device sent, in its order and its own words, also what the gateway does not know: clients get that
    /// too. Empty when the reading did not come as JSON.
    package let members: JSONMembers

    package init(
        user: HeartUser, beatsPerMinute: HeartNumber, fingerDetected: Bool? = nil, deviceID: String? = nil,
        members: JSONMembers = JSONMembers()
    ) {
        self.user = user
        self.beatsPerMinute = beatsPerMinute
        self.fingerDetected = fingerDetected
        self.deviceID = deviceID
        self.members = members
    }
}

/// What few ask for is looked up when it is asked for. Each is nil when it was not sent, or as something else.
extension HeartReading {
    /// The board's `millis()`. Other senders put seconds since 1970 here; `uptime` tells them apart.
    package var timestamp: HeartNumber? { number("timestamp") }
    /// The wireless signal in dBm; other senders put percent here.
    package var signalStrength: HeartNumber? { number("signal_strength") }
    package var infrared: HeartNumber? { number("ir_value") }
    package var red: HeartNumber? { number("red_value") }
    package var sensorType: String? { members["sensor_type"]?.string(in: members.bytes) }

    /// How long the board has been on, if this comes from the board's own firmware. It wraps after 49.7 days.
    package var uptime: Nanoseconds? {
        guard sensorType == "MAX30102", case .integer(let count) = timestamp, 0...Int64(UInt32.max) ~= count else {
            return nil
        }
        return .milliseconds(count)
    }

    private func number(_ key: StaticString) -> HeartNumber? {
        members[key].flatMap { HeartNumber($0, in: members.bytes) }
    }
}
