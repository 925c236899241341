import Devices

/// An operation on a device that takes one or more requests.
package enum GATTOperation: Hashable, Sendable {
    /// Negotiates the MTU. Allowed once per link.
    case exchangeMTU
    /// Finds all services, characteristics and descriptors.
    case discover
    /// Reads a value of any length.
    case read(UInt16)
    case write(UInt16, [UInt8])
    /// Completion is not reported.
    case writeWithoutResponse(UInt16, [UInt8])
    /// Enables notifications, or indications if the characteristic cannot notify.
    case subscribe(GATTCharacteristic)
}

/// The result of an operation.
package enum GATTOutcome: Hashable, Sendable {
    case mtu(Int)
    case database(GATTDatabase)
    case value([UInt8])
    case done
}

/// Why an operation failed.
package enum GATTError: Error, Hashable, Sendable {
    /// The device responded with an error or an invalid packet, or the channel is closed.
    case att(ATTClient.RequestError)
    /// The device sent a valid packet that violates the procedure, such as a service outside of the requested range.
    case protocolError(GATTProtocolError)
    /// The device has more attributes than the client accepts.
    case limitExceeded
    /// The value does not fit into one packet of this link.
    case valueTooLong(limit: Int)
    /// The characteristic can neither notify nor indicate, or has no configuration descriptor.
    case notificationsUnsupported
    case queueFull
}

/// What a response got wrong. The raw values are stable names.
package enum GATTProtocolError: String, Error, CaseIterable, Sendable {
    /// A handle outside of the requested range.
    case outsideRange = "outside_range"
    /// An invalid service UUID.
    case badUUID = "bad_uuid"
    /// A characteristic declaration of the wrong length, or with a value handle before it.
    case badDeclaration = "bad_declaration"
    /// A response of the wrong kind.
    case wrongKind = "wrong_kind"
}

/// An operation in progress: takes a response, returns the next request or the result.
protocol GATTProcedure: Sendable {
    /// - Parameter answer: nil for the first call.
    mutating func next(after answer: ATTClient.Answer?, mtu: Int) -> GATTStep
}

enum GATTStep {
    case request(ATTRequest)
    case finish(Result<GATTOutcome, GATTError>)

    static func protocolError(_ error: GATTProtocolError) -> Self { .finish(.failure(.protocolError(error))) }
}

/// The services of a device and their characteristics.
package struct GATTDatabase: Hashable, Sendable {
    package internal(set) var services: [GATTService]

    package init(services: [GATTService] = []) {
        self.services = services
    }

    /// The first characteristic with this UUID, in the given service if there is one.
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
    /// The handle of the value.
    package let value: UInt16
    /// The last handle that belongs to the characteristic.
    package internal(set) var end: UInt16
    package internal(set) var descriptors: [ATTInformation] = []

    /// The handle of the client characteristic configuration, which enables notifications.
    package var configuration: UInt16? {
        descriptors.first { $0.type == GATTType.clientConfiguration }?.handle
    }
}

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

/// The attribute types of the GATT structure.
package enum GATTType {
    package static let primaryService = BluetoothUUID(short: 0x2800)
    package static let characteristic = BluetoothUUID(short: 0x2803)
    package static let clientConfiguration = BluetoothUUID(short: 0x2902)
}
