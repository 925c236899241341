import Clocks
import Devices

/// The devices whose advertisements were received. Advertisements and scan responses of a device are merged: the name
/// may be in one and the services in the other.
package struct DiscoveredDevices: Sendable {
    package struct Device: Hashable, Sendable {
        package let address: BluetoothAddress
        package fileprivate(set) var data: AdvertisingData
        /// The last value in dBm; nil if the controller did not report one.
        package fileprivate(set) var signal: Int8?
        package fileprivate(set) var lastSeen: MonotonicTime
        package fileprivate(set) var verdict: BluetoothIdentification
    }

    package enum Sighting: Hashable, Sendable {
        /// Not in the table before.
        case new
        /// Recognised as another kind of device than before.
        case reclassified
        case known
    }

    package static let capacity = 256

    private var devices: [BluetoothAddress: Device] = [:]

    package init() {}

    package var count: Int { devices.count }

    package subscript(address: BluetoothAddress) -> Device? { devices[address] }

    /// The received address with this text form.
    package func address(_ text: String) -> BluetoothAddress? {
        devices.keys.first { $0.description == text }
    }

    /// The devices seen since `time`, strongest signal first.
    package func seen(since time: MonotonicTime) -> [Device] {
        devices.values.filter { $0.lastSeen >= time }.sorted {
            ($0.signal ?? .min, $0.address.bits) > ($1.signal ?? .min, $1.address.bits)
        }
    }

    /// Records an advertisement or a scan response. When the table is full, it replaces the device that was seen least
    /// recently.
    @discardableResult
    package mutating func record(
        _ data: AdvertisingData, from address: BluetoothAddress, signal: Int8?, at now: MonotonicTime
    ) -> Sighting {
        guard var device = devices[address] else {
            if devices.count >= Self.capacity { removeLeastRecent() }
            devices[address] = Device(
                address: address, data: data, signal: signal, lastSeen: now, verdict: Self.classify(data, address))
            return .new
        }
        device.signal = signal ?? device.signal
        device.lastSeen = max(device.lastSeen, now)
        let previous = device.data
        device.data.merge(data)
        var sighting = Sighting.known
        if device.data.name != previous.name || device.data.services != previous.services {
            let verdict = Self.classify(device.data, address)
            if verdict != device.verdict { sighting = .reclassified }
            device.verdict = verdict
        }
        devices[address] = device
        return sighting
    }

    private mutating func removeLeastRecent() {
        guard let oldest = devices.values.min(by: { $0.lastSeen < $1.lastSeen }) else { return }
        devices[oldest.address] = nil
    }

    private static func classify(_ data: AdvertisingData, _ address: BluetoothAddress) -> BluetoothIdentification {
        BluetoothAdvertisement(name: data.name, services: data.services, address: address.bits).identify()
    }
}
