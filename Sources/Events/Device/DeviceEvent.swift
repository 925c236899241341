/// A device came, went or needs care.
package struct DeviceEvent: Hashable, Sendable {
    package let device: DeviceID
    package let family: DeviceFamily
    /// What it calls itself, such as `AMG Lab COMM DC1A`; nil when it has not said.
    package let name: String?
    package let change: Change

    package enum Change: Hashable, Sendable {
        /// Heard, but not connected yet. Signal strength in dBm, where the transport knows it.
        case discovered(signalStrength: Int?)
        /// It answers, and its data flow.
        case connected
        case lost(LossReason)
        /// Reported once when the charge falls below the limit, not with every reading.
        case batteryLow(percent: Int)

        /// The name under which clients know it.
        package var name: StaticString {
            switch self {
            case .discovered: "device_discovered"
            case .connected: "device_connected"
            case .lost: "device_lost"
            case .batteryLow: "battery_low"
            }
        }
    }

    /// Why a device is gone. The raw value is a stable name.
    package enum LossReason: String, CaseIterable, Sendable {
        /// The radio link broke: out of range, or its battery is empty.
        case linkLost = "link_lost"
        /// It closed the link itself.
        case disconnected
        /// It is connected, as far as the system knows, but has said nothing for too long.
        case silent
        /// Pulled out of its socket.
        case unplugged
        /// The gateway let it go: switched off, or reconfigured.
        case released
    }

    package init(device: DeviceID, family: DeviceFamily, name: String?, change: Change) {
        self.device = device
        self.family = family
        self.name = name
        self.change = change
    }
}
