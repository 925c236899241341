import Devices

/// A packet of the management socket: an event and the adapter it concerns.
package struct ManagementPacket: Hashable, Sendable {
    package let event: ManagementEvent
    /// The number in `hci0`, or nil.
    package let adapter: UInt16?

    private static let headerLength = 6

    package init(_ bytes: ArraySlice<UInt8>) throws(ManagementPacketError) {
        guard bytes.count >= Self.headerLength else { throw ManagementPacketError(.length, event: 0) }
        let code = bytes.littleEndian16(at: 0)
        let index = bytes.littleEndian16(at: 2)
        let body = bytes.dropFirst(Self.headerLength)
        guard body.count == Int(bytes.littleEndian16(at: 4)) else { throw ManagementPacketError(.length, event: code) }
        adapter = index == ManagementOpcode.noAdapter ? nil : index
        event = try ManagementReader(code: code, body: body).event()
    }
}

private struct ManagementReader {
    let code: UInt16
    let body: ArraySlice<UInt8>

    func check(atLeast length: Int) throws(ManagementPacketError) {
        guard body.count >= length else { throw ManagementPacketError(.length, event: code) }
    }

    var outOfRange: ManagementPacketError { ManagementPacketError(.range, event: code) }

    func event() throws(ManagementPacketError) -> ManagementEvent {
        switch code {
        case 0x0001: return try completed()
        case 0x0002:
            try check(atLeast: 3)
            return .status(command: body.littleEndian16(at: 0), try status(at: 2))
        case 0x0003:
            try check(atLeast: 1)
            return .controllerError(body.byte(at: 0))
        case 0x0004: return .adapterAdded
        case 0x0005: return .adapterRemoved
        case 0x0006:
            try check(atLeast: 4)
            return .settings(settings(at: 0))
        case 0x000B:
            guard let address = try address(at: 0) else { return .other(code) }
            return .connected(address)
        case 0x000C:
            try check(atLeast: 8)
            guard let address = try address(at: 0) else { return .other(code) }
            return .disconnected(address, .init(rawValue: body.byte(at: 7)) ?? .unspecified)
        case 0x000D:
            try check(atLeast: 8)
            guard let address = try address(at: 0) else { return .other(code) }
            return .connectFailed(address, try status(at: 7))
        case 0x0012: return try found()
        case 0x0013:
            try check(atLeast: 2)
            return .discovering(body.byte(at: 1) != 0)
        case 0x001C: return try newConnectionParameters()
        default: return .other(code)
        }
    }
}

extension ManagementReader {
    func status(at offset: Int) throws(ManagementPacketError) -> ManagementStatus {
        guard let status = ManagementStatus(rawValue: body.byte(at: offset)) else { throw outOfRange }
        return status
    }

    func settings(at offset: Int) -> AdapterSettings {
        AdapterSettings(
            rawValue: UInt32(body.littleEndian16(at: offset)) | UInt32(body.littleEndian16(at: offset + 2)) << 16)
    }

    /// Nil for a classic Bluetooth address.
    func address(at offset: Int) throws(ManagementPacketError) -> BluetoothAddress? {
        try check(atLeast: offset + 7)
        let kind = body.byte(at: offset + 6)
        if kind == 0 { return nil }
        guard let kind = BluetoothAddress.Kind(rawValue: kind) else { throw outOfRange }
        return BluetoothAddress(littleEndian: body.dropFirst(offset), kind: kind)
    }

    func signal(at offset: Int) -> Int8? {
        let signal = Int8(bitPattern: body.byte(at: offset))
        return signal == 127 ? nil : signal
    }

    /// Address, signal, flags, and the advertising data with its length.
    func found() throws(ManagementPacketError) -> ManagementEvent {
        guard let address = try address(at: 0) else { return .other(code) }
        try check(atLeast: 14)
        try check(atLeast: 14 + Int(body.littleEndian16(at: 12)))
        let data = body.dropFirst(14).prefix(Int(body.littleEndian16(at: 12)))
        let isConnectable = body.byte(at: 8) & 0x04 == 0
        return .found(
            .init(
                address: address, signal: signal(at: 7), isConnectable: isConnectable, data: AdvertisingData(data)))
    }

    /// Store hint, address, minimum and maximum interval, latency, supervision timeout.
    func newConnectionParameters() throws(ManagementPacketError) -> ManagementEvent {
        try check(atLeast: 16)
        guard let address = try address(at: 1) else { return .other(code) }
        let (minimum, maximum) = (body.littleEndian16(at: 8), body.littleEndian16(at: 10))
        guard minimum <= maximum else { throw outOfRange }
        return .newConnectionParameters(
            ConnectionParameters(
                address: address, interval: minimum...maximum, latency: body.littleEndian16(at: 12),
                supervisionTimeout: body.littleEndian16(at: 14)))
    }
}

extension ManagementReader {
    func completed() throws(ManagementPacketError) -> ManagementEvent {
        try check(atLeast: 3)
        let number = body.littleEndian16(at: 0)
        let status = try status(at: 2)
        guard status == .success else { return .status(command: number, status) }
        guard let opcode = ManagementOpcode(rawValue: number) else { return .completed(.other(number)) }
        let reply = ManagementReader(code: code, body: body.dropFirst(3))
        return .completed(try reply.reply(to: opcode))
    }

    func reply(to opcode: ManagementOpcode) throws(ManagementPacketError) -> ManagementReply {
        switch opcode {
        case .readVersion:
            try check(atLeast: 3)
            return .version(Int(body.byte(at: 0)), revision: Int(body.littleEndian16(at: 1)))
        case .readIndexList: return .adapters(try list(size: 2) { $0.littleEndian16(at: 0) })
        case .readInfo: return .info(try info())
        case .setPowered, .setLowEnergy:
            try check(atLeast: 4)
            return .settings(opcode, settings(at: 0))
        case .readConnections:
            return .connections(
                try list(size: 7) { entry in
                    BluetoothAddress.Kind(rawValue: entry.byte(at: 6)).map {
                        BluetoothAddress(littleEndian: entry, kind: $0)
                    }
                }.compactMap(\.self))
        case .readConnectionInfo:
            try check(atLeast: 8)
            guard let address = try address(at: 0) else { throw outOfRange }
            return .signal(address, signal(at: 7))
        case .startDiscovery, .stopDiscovery, .disconnect, .loadConnectionParameters: return .done(opcode)
        }
    }

    /// A count and as many entries.
    func list<Element>(
        size: Int, _ entry: (ArraySlice<UInt8>) -> Element
    ) throws(ManagementPacketError) -> [Element] {
        try check(atLeast: 2)
        let count = Int(body.littleEndian16(at: 0))
        try check(atLeast: 2 + count * size)
        return (0..<count).map { entry(body.dropFirst(2 + $0 * size)) }
    }

    /// Address, version, manufacturer, supported and current settings, class, and two zero-padded names.
    func info() throws(ManagementPacketError) -> AdapterInfo {
        try check(atLeast: 20 + 249)
        let name = body.dropFirst(20).prefix(249).prefix { $0 != 0 }
        return AdapterInfo(
            address: BluetoothAddress(littleEndian: body, kind: .publicAddress), version: body.byte(at: 6),
            manufacturer: body.littleEndian16(at: 7), supported: settings(at: 9), current: settings(at: 13),
            name: String(decoding: name, as: UTF8.self))
    }
}
