import Devices

/// A request or command of a client. All except `writeCommand` have a response.
package enum ATTRequest: Hashable, Sendable {
    /// The client's MTU.
    case exchangeMTU(UInt16)
    /// Handles and types of attributes.
    case findInformation(ClosedRange<UInt16>)
    /// Groups of a given type and value.
    case findByTypeValue(ClosedRange<UInt16>, type: UInt16, value: [UInt8])
    case readByType(ClosedRange<UInt16>, type: BluetoothUUID)
    case read(UInt16)
    case readBlob(UInt16, offset: UInt16)
    case readMultiple([UInt16])
    case readByGroupType(ClosedRange<UInt16>, type: BluetoothUUID)
    case write(UInt16, [UInt8])
    case prepareWrite(UInt16, offset: UInt16, [UInt8])
    /// True writes the prepared values, false discards them.
    case executeWrite(Bool)
    case readMultipleVariable([UInt16])
    case writeCommand(UInt16, [UInt8])

    package var opcode: ATTOpcode {
        switch self {
        case .exchangeMTU: .exchangeMTURequest
        case .findInformation: .findInformationRequest
        case .findByTypeValue: .findByTypeValueRequest
        case .readByType: .readByTypeRequest
        case .read: .readRequest
        case .readBlob: .readBlobRequest
        case .readMultiple: .readMultipleRequest
        case .readByGroupType: .readByGroupTypeRequest
        case .write: .writeRequest
        case .prepareWrite: .prepareWriteRequest
        case .executeWrite: .executeWriteRequest
        case .readMultipleVariable: .readMultipleVariableRequest
        case .writeCommand: .writeCommand
        }
    }

    package var expectsResponse: Bool { opcode != .writeCommand }

    package var bytes: [UInt8] {
        var writer = ATTWriter(opcode)
        switch self {
        case .exchangeMTU(let mtu): writer.word(mtu)
        case .findInformation(let range): writer.range(range)
        case .findByTypeValue(let range, let type, let value):
            writer.range(range)
            writer.word(type)
            writer.bytes += value
        case .readByType(let range, let type), .readByGroupType(let range, let type):
            writer.range(range)
            writer.bytes += type.attBytes
        case .read(let handle): writer.word(handle)
        case .readBlob(let handle, let offset):
            writer.word(handle)
            writer.word(offset)
        case .readMultiple(let handles), .readMultipleVariable(let handles): handles.forEach { writer.word($0) }
        case .write(let handle, let value), .writeCommand(let handle, let value):
            writer.word(handle)
            writer.bytes += value
        case .prepareWrite(let handle, let offset, let value):
            writer.word(handle)
            writer.word(offset)
            writer.bytes += value
        case .executeWrite(let isExecuted): writer.bytes.append(isExecuted ? 1 : 0)
        }
        return writer.bytes
    }
}

/// The reply to a request or an indication of the server.
enum ATTReply {
    case mtu(UInt16)
    case error(ATTErrorResponse)
    case confirmation

    var bytes: [UInt8] {
        switch self {
        case .mtu(let mtu):
            var writer = ATTWriter(.exchangeMTUResponse)
            writer.word(mtu)
            return writer.bytes
        case .error(let error):
            var writer = ATTWriter(.errorResponse)
            writer.bytes.append(error.request)
            writer.word(error.handle)
            writer.bytes.append(error.code.rawValue)
            return writer.bytes
        case .confirmation:
            return ATTWriter(.confirmation).bytes
        }
    }
}

/// Builds a packet. All numbers are little-endian.
private struct ATTWriter {
    var bytes: [UInt8]

    init(_ opcode: ATTOpcode) {
        bytes = [opcode.rawValue]
    }

    mutating func word(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }

    mutating func range(_ range: ClosedRange<UInt16>) {
        word(range.lowerBound)
        word(range.upperBound)
    }
}
