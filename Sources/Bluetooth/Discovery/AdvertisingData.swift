import Devices

/// The contents of an advertisement or a scan response: a list of structures with length, type and value.
///
/// Malformed data is common. A length beyond the end stops the parser, and a field of the wrong size is skipped; both
/// are counted.
package struct AdvertisingData: Hashable, Sendable {
    package private(set) var name: String?
    package private(set) var services: [BluetoothUUID] = []
    /// In dBm, as declared by the device.
    package private(set) var transmitPower: Int8?
    package private(set) var malformedFields = 0
    /// A shortened name does not replace a complete one.
    private var isNameComplete = false

    package static let maximumServices = 32
    package static let maximumNameLength = 248

    package init() {}

    package init(_ bytes: ArraySlice<UInt8>) {
        parse(bytes)
    }

    /// Adds a scan response or a later advertisement of the same device.
    package mutating func merge(_ other: AdvertisingData) {
        if let name = other.name { setName(name, isComplete: other.isNameComplete) }
        for service in other.services { addService(service) }
        transmitPower = other.transmitPower ?? transmitPower
        malformedFields += other.malformedFields
    }

    private mutating func parse(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        // A length of 0 starts the padding.
        while let length = rest.first.map(Int.init), length > 0 {
            guard rest.count > length else {
                malformedFields += 1
                return
            }
            addField(type: rest.byte(at: 1), rest.dropFirst(2).prefix(length - 1))
            rest = rest.dropFirst(1 + length)
        }
    }

    private mutating func addField(type: UInt8, _ value: ArraySlice<UInt8>) {
        switch type {
        case 0x02, 0x03: addServices(value, size: 2)
        case 0x04, 0x05: addServices(value, size: 4)
        case 0x06, 0x07: addServices(value, size: 16)
        case 0x08: setName(Self.text(value), isComplete: false)
        case 0x09: setName(Self.text(value), isComplete: true)
        case 0x0A:
            if value.count == 1 { transmitPower = Int8(bitPattern: value.byte(at: 0)) } else { malformedFields += 1 }
        // The other types are not used.
        default: break
        }
    }

    private mutating func addServices(_ value: ArraySlice<UInt8>, size: Int) {
        if value.count % size != 0 { malformedFields += 1 }
        var rest = value
        while rest.count >= size {
            if let uuid = BluetoothUUID(littleEndian: rest.prefix(size)) { addService(uuid) }
            rest = rest.dropFirst(size)
        }
    }

    private mutating func addService(_ service: BluetoothUUID) {
        if services.count < Self.maximumServices, !services.contains(service) { services.append(service) }
    }

    private mutating func setName(_ text: String, isComplete: Bool) {
        guard !text.isEmpty, isComplete || !isNameComplete else { return }
        (name, isNameComplete) = (text, isComplete)
    }

    /// Some devices pad the name with zeros. Names appear in pages and logs, so control characters are removed.
    private static func text(_ value: ArraySlice<UInt8>) -> String {
        let printable = value.prefix(maximumNameLength).prefix { $0 != 0 }.filter { $0 >= 0x20 && $0 != 0x7F }
        let text = String(decoding: printable, as: UTF8.self)
        return String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
