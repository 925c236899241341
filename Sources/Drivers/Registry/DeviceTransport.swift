/// The way by which a device is reached. The raw value is a stable name.
package enum DeviceTransport: String, CaseIterable, Sendable {
    case bluetooth
    case serial
    /// It sends datagrams to whoever listens: nothing is held that could be let go.
    case network
}
