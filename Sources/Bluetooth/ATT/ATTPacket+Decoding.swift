import Devices

extension ATTPacket {
    /// Decodes a packet. Rejects packets that a server may not send to a client.
    package init(_ bytes: ArraySlice<UInt8>) throws(ATTPacketError) {
        guard let first = bytes.first else { throw ATTPacketError(.empty, opcode: 0) }
        guard let opcode = ATTOpcode(rawValue: first) else {
            // Unknown commands need no response; unknown requests need an error response.
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

/// Reads the fields after the opcode.
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

    /// The specification's minimum MTU is 23 bytes.
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

extension ATTReader {
    /// Splits a list into entries of `size` bytes. A list has at least one entry.
    func entries(of bytes: ArraySlice<UInt8>, size: Int) throws(ATTPacketError) -> [ArraySlice<UInt8>] {
        guard !bytes.isEmpty, bytes.count % size == 0 else { throw packetError(.length) }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { bytes[$0..<$0 + size] }
    }

    /// A list whose first byte is the size of its entries.
    func sizedEntries(atLeast minimum: Int) throws(ATTPacketError) -> [ArraySlice<UInt8>] {
        guard let size = body.first, size >= minimum else { throw packetError(.length) }
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
            // Only the last value may be truncated.
            list.append(rest.dropFirst(2).prefix(length))
            rest = rest.dropFirst(2 + length)
        }
        return list
    }
}

/// A rejected packet of a device.
package struct ATTPacketError: Error, Hashable, Sendable {
    /// The raw values are stable names for counters.
    package enum Reason: String, CaseIterable, Sendable {
        /// The packet is empty.
        case empty
        /// The length is wrong for this kind of packet.
        case length
        /// A handle is 0, a range ends before it starts, or a list is not in ascending order.
        case handle
        /// A field has an invalid value.
        case range
        /// The opcode is undefined, or never sent to a client.
        case unknown
        /// The response matches no pending request.
        case unsolicited
        /// The server sent too many requests at once.
        case flood
        /// The channel is closed.
        case dead
    }

    package let reason: Reason
    /// The first byte of the packet, or 0 for an empty packet.
    package let opcode: UInt8

    package init(_ reason: Reason, opcode: UInt8) {
        self.reason = reason
        self.opcode = opcode
    }
}

extension ATTPacketError: CustomStringConvertible {
    package var description: String { "\(reason.rawValue), opcode 0x\(String(opcode, radix: 16))" }
}
