import Devices

/// A packet received by a client.
package enum ATTPacket: Hashable, Sendable {
    case response(ATTResponse)
    case error(ATTErrorResponse)
    case notification(ATTAttribute)
    /// Several values of one notification.
    case notifications([ATTAttribute])
    /// A notification that requires a confirmation.
    case indication(ATTAttribute)
    /// The server asks for the client's MTU.
    case mtuRequest(UInt16)
    /// Any other request. The client answers with "request not supported".
    case request(opcode: UInt8)
}

/// The response to a request.
package enum ATTResponse: Hashable, Sendable {
    case mtu(UInt16)
    case information([ATTInformation])
    case ranges([ClosedRange<UInt16>])
    case attributes([ATTAttribute])
    case value(ArraySlice<UInt8>)
    case partialValue(ArraySlice<UInt8>)
    /// Concatenated values. The caller must know their lengths.
    case values(ArraySlice<UInt8>)
    case groups([ATTGroup])
    case written
    case prepared(ATTAttribute, offset: UInt16)
    case executed
    /// The last value may be truncated.
    case variableValues([ArraySlice<UInt8>])

    /// The request that this responds to.
    package var request: ATTOpcode {
        switch self {
        case .mtu: .exchangeMTURequest
        case .information: .findInformationRequest
        case .ranges: .findByTypeValueRequest
        case .attributes: .readByTypeRequest
        case .value: .readRequest
        case .partialValue: .readBlobRequest
        case .values: .readMultipleRequest
        case .groups: .readByGroupTypeRequest
        case .written: .writeRequest
        case .prepared: .prepareWriteRequest
        case .executed: .executeWriteRequest
        case .variableValues: .readMultipleVariableRequest
        }
    }
}

/// An attribute with its value, or a part of the value.
package struct ATTAttribute: Hashable, Sendable {
    package let handle: UInt16
    package let value: ArraySlice<UInt8>

    package init(handle: UInt16, value: ArraySlice<UInt8>) {
        self.handle = handle
        self.value = value
    }
}

/// An attribute with its type.
package struct ATTInformation: Hashable, Sendable {
    package let handle: UInt16
    package let type: BluetoothUUID
}

/// A group of attributes, such as a service, with the value of the first.
package struct ATTGroup: Hashable, Sendable {
    package let handles: ClosedRange<UInt16>
    package let value: ArraySlice<UInt8>
}

/// The first byte of every ATT packet. The opcode of a response is the opcode of its request plus one.
package enum ATTOpcode: UInt8, CaseIterable, Sendable {
    case errorResponse = 0x01
    case exchangeMTURequest = 0x02
    case exchangeMTUResponse = 0x03
    case findInformationRequest = 0x04
    case findInformationResponse = 0x05
    case findByTypeValueRequest = 0x06
    case findByTypeValueResponse = 0x07
    case readByTypeRequest = 0x08
    case readByTypeResponse = 0x09
    case readRequest = 0x0A
    case readResponse = 0x0B
    case readBlobRequest = 0x0C
    case readBlobResponse = 0x0D
    case readMultipleRequest = 0x0E
    case readMultipleResponse = 0x0F
    case readByGroupTypeRequest = 0x10
    case readByGroupTypeResponse = 0x11
    case writeRequest = 0x12
    case writeResponse = 0x13
    case prepareWriteRequest = 0x16
    case prepareWriteResponse = 0x17
    case executeWriteRequest = 0x18
    case executeWriteResponse = 0x19
    case notification = 0x1B
    case indication = 0x1D
    case confirmation = 0x1E
    case readMultipleVariableRequest = 0x20
    case readMultipleVariableResponse = 0x21
    case multipleNotification = 0x23
    case writeCommand = 0x52
    case signedWriteCommand = 0xD2

    /// Set in all commands. Commands have no response.
    static let commandBit: UInt8 = 0x40
}

/// Why a device answered a request with an error.
package struct ATTErrorCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let invalidHandle = Self(rawValue: 0x01)
    package static let readNotPermitted = Self(rawValue: 0x02)
    package static let writeNotPermitted = Self(rawValue: 0x03)
    package static let insufficientAuthentication = Self(rawValue: 0x05)
    package static let requestNotSupported = Self(rawValue: 0x06)
    package static let invalidOffset = Self(rawValue: 0x07)
    package static let insufficientAuthorization = Self(rawValue: 0x08)
    /// No such attribute in the requested range. Also marks the end of every list.
    package static let attributeNotFound = Self(rawValue: 0x0A)
    package static let attributeNotLong = Self(rawValue: 0x0B)
    package static let insufficientEncryption = Self(rawValue: 0x0F)
}

extension ATTErrorCode: CustomStringConvertible {
    private static let names = [
        "invalid handle", "read not permitted", "write not permitted", "invalid PDU",
        "insufficient authentication", "request not supported", "invalid offset",
        "insufficient authorization", "prepare queue full", "attribute not found",
        "attribute not long", "encryption key too short", "invalid attribute value length",
        "unlikely error", "insufficient encryption", "unsupported group type",
        "insufficient resources", "database out of sync", "value not allowed",
    ]

    package var description: String {
        let index = Int(rawValue) - 1
        let code = "0x" + String(rawValue, radix: 16)
        if Self.names.indices.contains(index) { return "\(Self.names[index]) (\(code))" }
        return 0x80...0x9F ~= rawValue ? "application error (\(code))" : "error \(code)"
    }
}

/// The error response of a device.
package struct ATTErrorResponse: Error, Hashable, Sendable {
    /// The opcode of the request, as repeated by the device.
    package let request: UInt8
    /// The attribute that caused the error, or 0.
    package let handle: UInt16
    package let code: ATTErrorCode

    package init(request: UInt8, handle: UInt16, code: ATTErrorCode) {
        self.request = request
        self.handle = handle
        self.code = code
    }
}
