import Devices

/// What a device shouts into the air, in structures of a length, a type and a value.
///
/// Devices get this wrong in many ways, so what can be read is kept and the rest is counted: a length that reaches beyond
/// the end ends the reading, a structure of an odd size is passed over.
package struct AdvertisingData: Hashable, Sendable {
    package private(set) var name: String?
    package private(set) var services: [BluetoothUUID] = []
    /// In dBm, as the device believes to send.
    package private(set) var transmitPower: Int8?
    /// Structures that could not be read.
    package private(set) var damages = 0
    /// Whether the name is all of it. A shortened one gives way to the whole.
    private var nameIsWhole = false

    /// More of one device nobody needs.
    package static let mostServices = 32
    package static let longestName = 248

    package init() {}

    package init(_ bytes: ArraySlice<UInt8>) {
        add(bytes)
    }

    /// What a scan response adds to an advertisement, or a later one to an earlier.
    package mutating func merge(_ other: AdvertisingData) {
        if let name = other.name { take(name: name, isWhole: other.nameIsWhole) }
        for service in other.services { take(service) }
        transmitPower = other.transmitPower ?? transmitPower
        damages += other.damages
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        // A length of zero fills the place up that is left.
        while let length = rest.first.map(Int.init), length > 0 {
            guard rest.count > length else {
                damages += 1
                return
            }
            take(type: rest.byte(at: 1), rest.dropFirst(2).prefix(length - 1))
            rest = rest.dropFirst(1 + length)
        }
    }

    private mutating func take(type: UInt8, _ value: ArraySlice<UInt8>) {
        switch type {
        case 0x02, 0x03: take(services: value, size: 2)
        case 0x04, 0x05: take(services: value, size: 4)
        case 0x06, 0x07: take(services: value, size: 16)
        case 0x08: take(name: Self.text(value), isWhole: false)
        case 0x09: take(name: Self.text(value), isWhole: true)
        case 0x0A:
            if value.count == 1 { transmitPower = Int8(bitPattern: value.byte(at: 0)) } else { damages += 1 }
        // There are dozens of others, and none that we need.
        default: break
        }
    }

    private mutating func take(services value: ArraySlice<UInt8>, size: Int) {
        if value.count % size != 0 { damages += 1 }
        var rest = value
        while rest.count >= size {
            if let uuid = BluetoothUUID(littleEndian: rest.prefix(size)) { take(uuid) }
            rest = rest.dropFirst(size)
        }
    }

    private mutating func take(_ service: BluetoothUUID) {
        if services.count < Self.mostServices, !services.contains(service) { services.append(service) }
    }

    private mutating func take(name text: String, isWhole: Bool) {
        guard !text.isEmpty, isWhole || !nameIsWhole else { return }
        (name, nameIsWhole) = (text, isWhole)
    }

    /// Some devices fill the name up with zeros, and a name is shown to people and written to logs: it has no control
    /// characters.
    private static func text(_ value: ArraySlice<UInt8>) -> String {
        let printable = value.prefix(longestName).prefix { $0 != 0 }.filter { $0 >= 0x20 && $0 != 0x7F }
        let text = String(decoding: printable, as: UTF8.self)
        return String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
