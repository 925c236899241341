import Devices

/// What a virtual device shouts into the air, in structures of a length, a type and a value. As small devices have it, the
/// name stands in the answer to a scan when both do not fit into one packet.
package struct AdvertisingPayload: Sendable {
    package private(set) var advertisement: [UInt8] = [2, 0x01, 0x06]
    package private(set) var scanResponse: [UInt8] = []

    /// What one packet holds.
    private static let capacity = 31

    package init(_ device: BluetoothAdvertisement) {
        let short = device.services.compactMap(\.short).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let long = device.services.filter { $0.short == nil }.flatMap(VirtualGATTServer.bytes)
        add(0x03, short)
        add(0x07, long)
        if let name = device.name { add(0x09, Array(name.utf8)) }
    }

    private mutating func add(_ type: UInt8, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        let structure = [UInt8(value.count + 1), type] + value
        if advertisement.count + structure.count <= Self.capacity {
            advertisement += structure
        } else {
            scanResponse += structure.prefix(Self.capacity)
        }
    }
}
