import Devices

/// A packet that a client is sent.
package enum ATTPacket: Hashable, Sendable {
    case response(ATTResponse)
    case error(ATTErrorResponse)
    case notification(ATTAttribute)
    /// Several values at once, which came into being at one moment.
    case notifications([ATTAttribute])
    /// A notification that wants to be confirmed.
    case indication(ATTAttribute)
    /// The server wants to know how long the packets are that we take.
    case mtuRequest(UInt16)
    /// Any other request. This client is no server, so it is only told that.
    case request(opcode: UInt8)
}

/// An answer to a request.
package enum ATTResponse: Hashable, Sendable {
    case mtu(UInt16)
    case information([ATTInformation])
    case ranges([ClosedRange<UInt16>])
    case attributes([ATTAttribute])
    case value(ArraySlice<UInt8>)
    case partialValue(ArraySlice<UInt8>)
    /// One behind the other; only who knows their lengths can tell them apart.
    case values(ArraySlice<UInt8>)
    case groups([ATTGroup])
    case written
    case prepared(ATTAttribute, offset: UInt16)
    case executed
    /// The last may have been cut off.
    case variableValues([ArraySlice<UInt8>])

    /// What it is the answer to.
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

/// An attribute and its value, or a part of it.
package struct ATTAttribute: Hashable, Sendable {
    package let handle: UInt16
    package let value: ArraySlice<UInt8>

    package init(handle: UInt16, value: ArraySlice<UInt8>) {
        self.handle = handle
        self.value = value
    }
}

/// An attribute and its type.
package struct ATTInformation: Hashable, Sendable {
    package let handle: UInt16
    package let type: BluetoothUUID
}

/// Attributes that belong together, such as a service, and the value of the first of them.
package struct ATTGroup: Hashable, Sendable {
    package let handles: ClosedRange<UInt16>
    package let value: ArraySlice<UInt8>
}
