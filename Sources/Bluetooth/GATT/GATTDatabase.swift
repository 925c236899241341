import Devices

/// What a device offers: its services, and what is in them.
package struct GATTDatabase: Hashable, Sendable {
    package internal(set) var services: [GATTService]

    package init(services: [GATTService] = []) {
        self.services = services
    }

    /// The first characteristic of this name, in the service of that name if one is given.
    package func characteristic(_ uuid: BluetoothUUID, in service: BluetoothUUID? = nil) -> GATTCharacteristic? {
        for candidate in services where service.map(candidate.uuid.matches) ?? true {
            if let found = candidate.characteristics.first(where: { $0.uuid.matches(uuid) }) { return found }
        }
        return nil
    }
}

package struct GATTService: Hashable, Sendable {
    package let uuid: BluetoothUUID
    package let handles: ClosedRange<UInt16>
    package internal(set) var characteristics: [GATTCharacteristic] = []
}

package struct GATTCharacteristic: Hashable, Sendable {
    package let uuid: BluetoothUUID
    package let properties: GATTProperties
    /// Where its value is read, written and notified.
    package let value: UInt16
    /// The last attribute that belongs to it.
    package internal(set) var end: UInt16
    package internal(set) var descriptors: [ATTInformation] = []

    /// Where a client says that it wants to be notified.
    package var configuration: UInt16? {
        descriptors.first { $0.type == GATTType.clientConfiguration }?.handle
    }
}

/// What can be done with a characteristic.
package struct GATTProperties: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let read = Self(rawValue: 0x02)
    package static let writeWithoutResponse = Self(rawValue: 0x04)
    package static let write = Self(rawValue: 0x08)
    package static let notify = Self(rawValue: 0x10)
    package static let indicate = Self(rawValue: 0x20)
}

/// The types of the attributes that describe all others.
package enum GATTType {
    package static let primaryService = BluetoothUUID(short: 0x2800)
    package static let characteristic = BluetoothUUID(short: 0x2803)
    package static let clientConfiguration = BluetoothUUID(short: 0x2902)
}
