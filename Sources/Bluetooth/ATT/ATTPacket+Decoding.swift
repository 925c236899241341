import Devices

extension ATTPacket {
    /// Reads a packet, and refuses what no server may send to a client. Whatever is in it, it is read within its bounds.
    package init(_ bytes: ArraySlice<UInt8>) throws(ATTPacketError) {
        guard let first = bytes.first else { throw ATTPacketError(.empty, opcode: 0) }
        guard let opcode = ATTOpcode(rawValue: first) else {
            // Commands of the future want no answer; requests of the future want one that says no.
            guard first & ATTOpcode.commandBit == 0, first & 1 == 0 else {
                throw ATTPacketError(.unknown, opcode: first)
            }
            self = .request(opcode: first)
            return
        }
        let reader = ATTReader(opcode: first, body: bytes.dropFirst())
        switch opcode {
        case .errorResponse: self = .error(try reader.error())
        case .notification: self = .notification(try reader.attribute())
        case .indication: self = .indication(try reader.attribute())
        case .multipleNotification: self = .notifications(try reader.lengthPrefixedAttributes())
        case .exchangeMTURequest: self = .mtuRequest(try reader.mtu())
        case .findInformationRequest, .findByTypeValueRequest, .readByTypeRequest, .readRequest, .readBlobRequest,
            .readMultipleRequest, .readByGroupTypeRequest, .writeRequest, .prepareWriteRequest, .executeWriteRequest,
            .readMultipleVariableRequest:
            self = .request(opcode: first)
        case .confirmation, .writeCommand, .signedWriteCommand:
            throw ATTPacketError(.unknown, opcode: first)
        default: self = .response(try reader.response(opcode))
        }
    }
}

/// The fields behind an opcode.
private struct ATTReader {
    let opcode: UInt8
    let body: ArraySlice<UInt8>

    func packetError(_ reason: ATTPacketError.Reason) -> ATTPacketError { ATTPacketError(reason, opcode: opcode) }

    func check(length: Int) throws(ATTPacketError) {
        guard body.count == length else { throw packetError(.length) }
    }

    func handle(at offset: Int, of bytes: ArraySlice<UInt8>) throws(ATTPacketError) -> UInt16 {
        let handle = bytes.littleEndian16(at: offset)
        guard handle > 0 else { throw packetError(.handle) }
        return handle
    }

    func response(_ opcode: ATTOpcode) throws(ATTPacketError) -> ATTResponse {
        switch opcode {
        case .exchangeMTUResponse: return .mtu(try mtu())
        case .findInformationResponse: return .information(try information())
        case .findByTypeValueResponse: return .ranges(try groups(of: body, size: 4).map(\.handles))
        case .readByTypeResponse: return .attributes(try attributes())
        case .readResponse: return .value(body)
        case .readBlobResponse: return .partialValue(body)
        case .readMultipleResponse: return .values(body)
        case .readByGroupTypeResponse: return .groups(try groups())
        case .writeResponse:
            try check(length: 0)
            return .written
        case .prepareWriteResponse: return try prepared()
        case .executeWriteResponse:
            try check(length: 0)
            return .executed
        case .readMultipleVariableResponse: return .variableValues(try lengthPrefixedValues())
        default: throw packetError(.unknown)
        }
    }

    func error() throws(ATTPacketError) -> ATTErrorResponse {
        try check(length: 4)
        return ATTErrorResponse(
            request: body.byte(at: 0), handle: body.littleEndian16(at: 1),
            code: ATTErrorCode(rawValue: body.byte(at: 3)))
    }

    /// No link takes less than 23 bytes.
    func mtu() throws(ATTPacketError) -> UInt16 {
        try check(length: 2)
        let mtu = body.littleEndian16(at: 0)
        guard mtu >= ATTClient.minimumMTU else { throw packetError(.range) }
        return mtu
    }

    func attribute() throws(ATTPacketError) -> ATTAttribute {
        guard body.count >= 2 else { throw packetError(.length) }
        return ATTAttribute(handle: try handle(at: 0, of: body), value: body.dropFirst(2))
    }

    func prepared() throws(ATTPacketError) -> ATTResponse {
        guard body.count >= 4 else { throw packetError(.length) }
        let attribute = ATTAttribute(handle: try handle(at: 0, of: body), value: body.dropFirst(4))
        return .prepared(attribute, offset: body.littleEndian16(at: 2))
    }
}

/// Lists.
extension ATTReader {
    /// Cuts a list into entries of one size; a list has at least one.
    func entries(of bytes: ArraySlice<UInt8>, size: Int) throws(ATTPacketError) -> [ArraySlice<UInt8>] {
        guard !bytes.isEmpty, bytes.count % size == 0 else { throw packetError(.length) }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { bytes[$0..<$0 + size] }
    }

    /// A list whose first byte is the size of its entries.
    func sizedEntries(atLeast least: Int) throws(ATTPacketError) -> [ArraySlice<UInt8>] {
        guard let size = body.first, size >= least else { throw packetError(.length) }
        return try entries(of: body.dropFirst(), size: Int(size))
    }

    func checkAscending(_ handle: UInt16, after last: inout UInt16) throws(ATTPacketError) {
        guard handle > last else { throw packetError(.handle) }
        last = handle
    }

    func information() throws(ATTPacketError) -> [ATTInformation] {
        guard let format = body.first, 1...2 ~= format else { throw packetError(body.isEmpty ? .length : .range) }
        var last: UInt16 = 0
        var list: [ATTInformation] = []
        for entry in try entries(of: body.dropFirst(), size: format == 1 ? 4 : 18) {
            let handle = entry.littleEndian16(at: 0)
            try checkAscending(handle, after: &last)
            guard let type = BluetoothUUID(littleEndian: entry.dropFirst(2)) else { throw packetError(.length) }
            list.append(ATTInformation(handle: handle, type: type))
        }
        return list
    }

    func attributes() throws(ATTPacketError) -> [ATTAttribute] {
        var last: UInt16 = 0
        var list: [ATTAttribute] = []
        for entry in try sizedEntries(atLeast: 2) {
            let handle = entry.littleEndian16(at: 0)
            try checkAscending(handle, after: &last)
            list.append(ATTAttribute(handle: handle, value: entry.dropFirst(2)))
        }
        return list
    }

    func groups() throws(ATTPacketError) -> [ATTGroup] {
        guard let size = body.first, size >= 4 else { throw packetError(.length) }
        return try groups(of: body.dropFirst(), size: Int(size))
    }

    func groups(of bytes: ArraySlice<UInt8>, size: Int) throws(ATTPacketError) -> [ATTGroup] {
        var last: UInt16 = 0
        var list: [ATTGroup] = []
        for entry in try entries(of: bytes, size: size) {
            let (start, end) = (entry.littleEndian16(at: 0), entry.littleEndian16(at: 2))
            try checkAscending(start, after: &last)
            guard end >= start else { throw packetError(.handle) }
            last = end
            list.append(ATTGroup(handles: start...end, value: entry.dropFirst(4)))
        }
        return list
    }

    func lengthPrefixedAttributes() throws(ATTPacketError) -> [ATTAttribute] {
        var rest = body
        var list: [ATTAttribute] = []
        while !rest.isEmpty {
            guard rest.count >= 4 else { throw packetError(.length) }
            let length = Int(rest.littleEndian16(at: 2))
            guard rest.count >= 4 + length else { throw packetError(.length) }
            let value = rest.dropFirst(4).prefix(length)
            list.append(ATTAttribute(handle: try handle(at: 0, of: rest), value: value))
            rest = rest.dropFirst(4 + length)
        }
        guard !list.isEmpty else { throw packetError(.length) }
        return list
    }

    func lengthPrefixedValues() throws(ATTPacketError) -> [ArraySlice<UInt8>] {
        var rest = body
        var list: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            guard rest.count >= 2 else { throw packetError(.length) }
            let length = Int(rest.littleEndian16(at: 0))
            // Only the last may be cut off, and then nothing is behind it.
            list.append(rest.dropFirst(2).prefix(length))
            rest = rest.dropFirst(2 + length)
        }
        return list
    }
}
