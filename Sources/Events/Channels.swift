/// A channel of LeadVille's live socket, named as clients subscribe to it. The order is that of the greeting.
package enum Channel: String, CaseIterable, Sendable {
    case status
    case sensorEvent = "sensor_event"
    case timerEvent = "timer_event"
    case runUpdate = "run_update"
    case heartRate = "heart_rate"
    case pressure

    package init?(name: String) {
        self.init(rawValue: name)
    }

    package var name: String { rawValue }
}

package struct Channels: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package init(_ channel: Channel) {
        rawValue =
            switch channel {
            case .status: 1 << 0
            case .sensorEvent: 1 << 1
            case .timerEvent: 1 << 2
            case .runUpdate: 1 << 3
            case .heartRate: 1 << 4
            case .pressure: 1 << 5
            }
    }

    package static let status = Self(.status)
    package static let sensorEvent = Self(.sensorEvent)
    package static let timerEvent = Self(.timerEvent)
    package static let runUpdate = Self(.runUpdate)
    package static let heartRate = Self(.heartRate)
    package static let pressure = Self(.pressure)

    /// The channels that the original server sends to every client; the default for clients that never subscribe.
    package static let original: Self = [.status, .sensorEvent, .timerEvent, .runUpdate]
    package static let all: Self = [original, .heartRate, .pressure]

    package func contains(_ channel: Channel) -> Bool {
        contains(Self(channel))
    }

    /// The channels in the order of the greeting.
    package var list: [Channel] {
        Channel.allCases.filter { contains($0) }
    }
}
