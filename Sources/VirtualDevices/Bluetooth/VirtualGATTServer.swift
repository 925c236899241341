import Devices

/// A small server of the Attribute Protocol: a table of attributes and a response to each request. It shares no code with
/// the gateway's client, so that errors in either are detected.
package struct VirtualGATTServer: Sendable {
    /// The result of a packet from a central.
    package struct Outcome: Sendable {
        package var response: [UInt8]?
        /// A write to a characteristic value.
        package var write: (characteristic: BluetoothUUID, value: [UInt8])?
    }

    /// Variations of a server.
    package struct Traits: Sendable {
        /// The server's maximum MTU; nil if it does not support the exchange.
        package var mtu: Int? = 247

        package init(mtu: Int? = 247) {
            self.mtu = mtu
        }
    }

    struct Attribute: Sendable {
        let type: [UInt8]
        var value: [UInt8]
        /// The characteristic that this value or configuration belongs to.
        var characteristic: BluetoothUUID?
        var properties: UInt8 = 0x02
        /// For a service declaration, the last handle of the service.
        var groupEnd = 0
    }

    enum ErrorCode: UInt8, Error {
        case invalidHandle = 0x01
        case readNotPermitted = 0x02
        case writeNotPermitted = 0x03
        case invalidPacket = 0x04
        case notSupported = 0x06
        case invalidOffset = 0x07
        case notFound = 0x0A
        case unsupportedGroup = 0x10
    }

    package private(set) var mtu = 23
    private let traits: Traits
    /// The handle of an attribute is its index plus 1.
    private(set) var attributes: [Attribute] = []

    package init(_ services: [VirtualService], traits: Traits = Traits()) {
        self.traits = traits
        for service in services { add(service) }
    }

    /// A notification or indication, truncated to the MTU; nil if the client has not subscribed.
    package func notification(of characteristic: BluetoothUUID, _ value: [UInt8]) -> [UInt8]? {
        guard let index = attributes.firstIndex(where: { $0.characteristic == characteristic && $0.isValue }),
            let configuration = attributes[(index + 1)...].first(where: { $0.characteristic == characteristic })?.value
        else { return nil }
        guard configuration[0] & 0x03 != 0 else { return nil }
        return [configuration[0] & 1 != 0 ? 0x1B : 0x1D] + Self.word(index + 1) + value.prefix(mtu - 3)
    }

    /// - Parameter read: returns the current value of a characteristic.
    package mutating func receive(
        _ packet: ArraySlice<UInt8>, read: (BluetoothUUID) -> [UInt8]?
    ) -> Outcome {
        let packet = Array(packet)
        guard let opcode = packet.first else { return Outcome() }
        var outcome = Outcome()
        do throws(ErrorCode) {
            outcome.response = try respond(to: opcode, packet, read: read, write: &outcome.write)
        } catch {
            // Commands and confirmations are never answered, even if they are invalid.
            guard opcode & 0x40 == 0, opcode != 0x1E else { return Outcome() }
            let handle = packet.count >= 3 && opcode != 0x02 ? Array(packet[1...2]) : [0, 0]
            outcome.response = [0x01, opcode] + handle + [error.rawValue]
        }
        return outcome
    }

    static func word(_ value: Int) -> [UInt8] { littleEndianBytes(value) }
}

extension VirtualGATTServer.Attribute {
    /// Whether this is a characteristic value, not its configuration.
    var isValue: Bool { characteristic != nil && type != VirtualGATTServer.word(0x2902) }
}

/// The attribute table.
extension VirtualGATTServer {
    private mutating func add(_ service: VirtualService) {
        let start = attributes.count
        attributes.append(Attribute(type: Self.word(0x2800), value: Self.bytes(of: service.uuid)))
        for characteristic in service.characteristics {
            let name = Self.bytes(of: characteristic.uuid)
            let declaration = [characteristic.properties] + Self.word(attributes.count + 2) + name
            attributes.append(Attribute(type: Self.word(0x2803), value: declaration))
            attributes.append(
                Attribute(
                    type: name, value: [], characteristic: characteristic.uuid, properties: characteristic.properties))
            guard characteristic.properties & 0x30 != 0 else { continue }
            attributes.append(
                Attribute(
                    type: Self.word(0x2902), value: [0, 0], characteristic: characteristic.uuid, properties: 0x0A))
        }
        attributes[start].groupEnd = attributes.count
    }

    /// Two bytes for 16-bit UUIDs, sixteen for others, little-endian.
    static func bytes(of uuid: BluetoothUUID) -> [UInt8] {
        if uuid.low == 0x8000_0080_5F9B_34FB, uuid.high & 0xFFFF_0000_FFFF_FFFF == 0x1000 {
            return word(Int(uuid.high >> 32))
        }
        return [uuid.low, uuid.high].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * UInt64($0))) }
        }
    }
}

/// Requests.
extension VirtualGATTServer {
    private mutating func respond(
        to opcode: UInt8, _ packet: [UInt8], read: (BluetoothUUID) -> [UInt8]?,
        write: inout (characteristic: BluetoothUUID, value: [UInt8])?
    ) throws(ErrorCode) -> [UInt8]? {
        switch opcode {
        case 0x02:
            guard packet.count == 3 else { throw .invalidPacket }
            guard let own = traits.mtu else { throw .notSupported }
            mtu = max(23, min(own, try number(packet, at: 1)))
            return [0x03] + Self.word(own)
        case 0x04: return try findInformation(try range(packet))
        case 0x08: return try readByType(try range(packet), Array(packet[5...]), read)
        case 0x0A: return [0x0B] + (try value(at: try number(packet, at: 1), read)).prefix(mtu - 1)
        case 0x0C:
            let value = try value(at: try number(packet, at: 1), read)
            let offset = try number(packet, at: 3)
            guard offset <= value.count else { throw .invalidOffset }
            return [0x0D] + value.dropFirst(offset).prefix(mtu - 1)
        case 0x10: return try readByGroupType(try range(packet), Array(packet[5...]))
        case 0x12, 0x52:
            write = try writeValue(
                Array(packet.dropFirst(3)), at: try number(packet, at: 1), requiring: opcode == 0x12 ? 0x08 : 0x04)
            return opcode == 0x12 ? [0x13] : nil
        case 0x1E: return nil
        default: throw .notSupported
        }
    }

    private func number(_ packet: [UInt8], at offset: Int) throws(ErrorCode) -> Int {
        guard packet.count >= offset + 2 else { throw .invalidPacket }
        return Int(packet[offset]) | Int(packet[offset + 1]) << 8
    }

    /// The table indices of a handle range.
    private func range(_ packet: [UInt8]) throws(ErrorCode) -> Range<Int> {
        let (first, last) = (try number(packet, at: 1), try number(packet, at: 3))
        guard first > 0, first <= last else { throw .invalidHandle }
        guard first <= attributes.count else { throw .notFound }
        return first - 1..<min(last, attributes.count)
    }

    private func value(
        at handle: Int, _ read: (BluetoothUUID) -> [UInt8]?
    ) throws(ErrorCode) -> [UInt8] {
        guard 1...attributes.count ~= handle else { throw .invalidHandle }
        let attribute = attributes[handle - 1]
        guard attribute.properties & 0x02 != 0 else { throw .readNotPermitted }
        guard attribute.isValue, let characteristic = attribute.characteristic else { return attribute.value }
        return read(characteristic) ?? attribute.value
    }

    /// - Parameter property: the property bit that the characteristic must have.
    private mutating func writeValue(
        _ value: [UInt8], at handle: Int, requiring property: UInt8
    ) throws(ErrorCode) -> (characteristic: BluetoothUUID, value: [UInt8])? {
        guard 1...attributes.count ~= handle else { throw .invalidHandle }
        let attribute = attributes[handle - 1]
        guard let characteristic = attribute.characteristic, attribute.properties & property != 0 else {
            throw .writeNotPermitted
        }
        if attribute.isValue { return (characteristic, value) }
        guard value.count == 2 else { throw .invalidPacket }
        attributes[handle - 1].value = value
        return nil
    }

    private func findInformation(_ range: Range<Int>) throws(ErrorCode) -> [UInt8] {
        guard let size = range.first.map({ attributes[$0].type.count }) else { throw .notFound }
        var answer: [UInt8] = [0x05, size == 2 ? 1 : 2]
        for index in range {
            guard attributes[index].type.count == size, answer.count + 2 + size <= mtu else { break }
            answer += Self.word(index + 1) + attributes[index].type
        }
        return answer
    }

    private func readByType(
        _ range: Range<Int>, _ type: [UInt8], _ read: (BluetoothUUID) -> [UInt8]?
    ) throws(ErrorCode) -> [UInt8] {
        var answer: [UInt8] = []
        for index in range where attributes[index].type == type {
            let value = try value(at: index + 1, read).prefix(mtu - 4)
            if answer.isEmpty { answer = [0x09, UInt8(2 + value.count)] }
            guard Int(answer[1]) == 2 + value.count, answer.count + 2 + value.count <= mtu else { break }
            answer += Self.word(index + 1) + value
        }
        guard !answer.isEmpty else { throw .notFound }
        return answer
    }

    private func readByGroupType(_ range: Range<Int>, _ type: [UInt8]) throws(ErrorCode) -> [UInt8] {
        guard type == Self.word(0x2800) else { throw .unsupportedGroup }
        var answer: [UInt8] = []
        for index in range where attributes[index].type == type {
            let attribute = attributes[index]
            if answer.isEmpty { answer = [0x11, UInt8(4 + attribute.value.count)] }
            guard Int(answer[1]) == 4 + attribute.value.count, answer.count + Int(answer[1]) <= mtu else { break }
            answer += Self.word(index + 1) + Self.word(attribute.groupEnd) + attribute.value
        }
        guard !answer.isEmpty else { throw .notFound }
        return answer
    }
}
