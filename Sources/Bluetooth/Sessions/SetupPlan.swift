import Devices

/// What a device must have and may have, so that a session can be held with it.
package struct SetupPlan: Sendable {
    /// Whether the gateway asks for longer packets before anything else, and how long.
    let mtu: UInt16?
    /// In which service the required characteristics are.
    let service: BluetoothUUID
    /// Without these it is not such a device. Those that notify are asked to.
    let required: [BluetoothUUID]
    /// Welcome, in any service. Those that notify are asked to, and if they do not, never mind.
    var optional: [BluetoothUUID] = []

    static let batteryLevel = BluetoothUUID(short: 0x2A19)
}
