/// A device was discovered, connected, disconnected, needs a new battery or is being calibrated.
package struct DeviceEvent: Hashable, Sendable {
    package let device: DeviceID
    package let family: DeviceFamily
    /// The advertised name, such as `AMG Lab COMM DC1A`; nil if unknown.
    package let name: String?
    package let change: Change

    package enum Change: Hashable, Sendable {
        /// Seen but not connected yet. Signal strength in dBm, where the transport reports it.
        case discovered(signalStrength: Int?)
        /// Connected and delivering data.
        case connected
        case lost(LossReason)
        /// Reported once when the charge falls below the limit.
        case batteryLow(percent: Int)
        /// An impact sensor waits for taps on its target, or has stopped waiting.
        case calibrating(TapProgress)

        /// The name in client messages.
        package var name: StaticString {
            switch self {
            case .discovered: "device_discovered"
            case .connected: "device_connected"
            case .lost: "device_lost"
            case .batteryLow: "battery_low"
            case .calibrating: "calibration_progress"
            }
        }
    }

    /// Why a device disconnected. Raw values are stable names.
    package enum LossReason: String, CaseIterable, Sendable {
        /// The radio link broke: out of range or empty battery.
        case linkLost = "link_lost"
        /// The device closed the link.
        case disconnected
        /// The link is up, but the device has sent nothing for too long.
        case silent
        /// Unplugged.
        case unplugged
        /// The gateway disconnected it: disabled or reconfigured.
        case released
    }

    package init(device: DeviceID, family: DeviceFamily, name: String?, change: Change) {
        self.device = device
        self.family = family
        self.name = name
        self.change = change
    }
}

/// How far the calibration of an impact sensor by taps is.
package struct TapProgress: Hashable, Sendable {
    /// The raw values are stable names.
    package enum State: String, CaseIterable, Sendable {
        case waiting, completed
        case timedOut = "timed_out"
        /// Stopped, or other thresholds were set meanwhile.
        case cancelled
    }

    package let state: State
    package let taps: Int
    /// The number of taps to wait for.
    package let count: Int

    package init(_ state: State, taps: Int, of count: Int) {
        self.state = state
        self.taps = taps
        self.count = count
    }

    /// For people, after the sensor's name.
    package var sentence: String {
        switch state {
        case .waiting: "waits for taps on its target: \(taps) of \(count)"
        case .completed: "is calibrated with \(taps) taps"
        case .timedOut: "is not calibrated: only \(taps) of \(count) taps came in time"
        case .cancelled: "is no longer calibrated by taps: stopped, or other thresholds were set"
        }
    }
}

/// Identifies a device: a Bluetooth address, a serial number or the name it reports. Stable across reconnects as long
/// as the device can be distinguished from others.
package struct DeviceID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// The kind of device, by driver; each driver declares its own. The raw value is a stable name and the name of its
/// folder in `firmware-protocols`.
package struct DeviceFamily: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

/// A change of the Bluetooth adapter.
package struct AdapterEvent: Hashable, Sendable {
    /// For example `hci0`; the name can refer to another adapter after a reboot.
    package let adapter: String
    package let change: Change

    package enum Change: Hashable, Sendable {
        /// Powered and usable.
        case ready
        /// Unplugged, or replaced by another adapter.
        case removed
        /// It does not work: a stable name and a description for people.
        case failed(String, detail: String)
        /// A recovery step has started: a stable name.
        case recovering(String)
        case recovered

        /// The name in client messages.
        package var name: StaticString {
            switch self {
            case .ready: "adapter_ready"
            case .removed: "adapter_gone"
            case .failed: "adapter_trouble"
            case .recovering: "adapter_remedy"
            case .recovered: "adapter_recovered"
            }
        }
    }

    package init(adapter: String, change: Change) {
        self.adapter = adapter
        self.change = change
    }
}
