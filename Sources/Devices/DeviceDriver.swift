import Events

/// A supported device: what it is, how it is recognised, and how its bytes are decoded.
///
/// A driver is a value without state. Targets above this one extend the driver's type with protocols of their own, such
/// as a session over Bluetooth or a virtual device, and find them by a conditional cast of the values in `all`. So a
/// device is registered once, here.
package protocol DeviceDriver: Sendable {
    var family: DeviceFamily { get }
    var role: DeviceRoleKind { get }
    /// How its advertisements are recognised; empty for devices without Bluetooth.
    var bluetoothRules: [BluetoothRule] { get }
    /// How it is recognised at a serial port; empty for devices without one.
    var serialCandidates: [SerialCandidate] { get }
    /// Its byte formats, default first.
    var variants: [DecoderVariant] { get }
    /// The virtual device of the `simulate` command.
    var simulation: SimulationProfile { get }
}

extension DeviceDriver {
    package var bluetoothRules: [BluetoothRule] { [] }
    package var serialCandidates: [SerialCandidate] { [] }
}

/// The drivers of all supported devices.
package enum DeviceDrivers {
    /// One line per device.
    package static let all: [any DeviceDriver] = [
        AMGCommanderDriver(),
        BT50Driver(),
        HeartBoardDriver(),
        HeartStrapDriver(),
        PressureMatDriver(),
        SensorLoggerDriver(),
        SGTimerDriver(),
        SpecialPieDriver(),
        CyclingSensorDriver(),
    ]

    package static let families: [DeviceFamily] = all.map(\.family)

    package static func driver(of family: DeviceFamily) -> (any DeviceDriver)? {
        all.first { $0.family == family }
    }

    /// The family with this raw value, if it is supported.
    package static func family(named name: String) -> DeviceFamily? {
        families.first { $0.rawValue == name }
    }

    static let bluetoothRules: [BluetoothRule] = all.flatMap(\.bluetoothRules)
    static let serialCandidates: [SerialCandidate] = all.flatMap(\.serialCandidates)
}

/// The purpose of a device. The raw value is a stable name.
package enum DeviceRoleKind: String, Sendable {
    case timer
    /// Reports impacts on a target.
    case sensor
    /// Reports the heart rate of a user.
    case heart
    case mat
    case phone
    /// Reports measurements that the gateway only passes on.
    case meter
}
