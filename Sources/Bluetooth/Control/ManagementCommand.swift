/// A command of the kernel's Bluetooth management interface. Each completes with a status.
package enum ManagementCommand: Hashable, Sendable {
    case readVersion
    /// Lists the adapters.
    case readIndexList
    case readInfo
    case setPowered(Bool)
    /// Enables Low Energy on a dual-mode adapter.
    case setLowEnergy(Bool)
    /// Starts an active Low Energy scan of about 10 s. The kernel coordinates it with connections.
    case startDiscovery
    case stopDiscovery
    case disconnect(BluetoothAddress)
    case readConnections
    /// Reads the signal strength of a link.
    case readConnectionInfo(BluetoothAddress)
    /// Replaces the connection parameters of all devices.
    case loadConnectionParameters([ConnectionParameters])

    package var opcode: ManagementOpcode {
        switch self {
        case .readVersion: .readVersion
        case .readIndexList: .readIndexList
        case .readInfo: .readInfo
        case .setPowered: .setPowered
        case .setLowEnergy: .setLowEnergy
        case .startDiscovery: .startDiscovery
        case .stopDiscovery: .stopDiscovery
        case .disconnect: .disconnect
        case .readConnections: .readConnections
        case .readConnectionInfo: .readConnectionInfo
        case .loadConnectionParameters: .loadConnectionParameters
        }
    }

    /// - Parameter adapter: the number in `hci0`. Ignored by commands that concern no adapter.
    package func bytes(adapter: UInt16) -> [UInt8] {
        let parameters = self.parameters
        var writer = LittleEndianWriter()
        writer.word(opcode.rawValue)
        writer.word(opcode.concernsAdapter ? adapter : ManagementOpcode.noAdapter)
        writer.word(UInt16(parameters.count))
        return writer.bytes + parameters
    }

    private static let lowEnergyAddressTypes: UInt8 = 0x06

    private var parameters: [UInt8] {
        switch self {
        case .readVersion, .readIndexList, .readInfo, .readConnections: []
        case .setPowered(let isOn), .setLowEnergy(let isOn): [isOn ? 1 : 0]
        case .startDiscovery, .stopDiscovery: [Self.lowEnergyAddressTypes]
        case .disconnect(let address), .readConnectionInfo(let address): address.managementBytes
        case .loadConnectionParameters(let list): Self.bytes(of: list)
        }
    }

    private static func bytes(of list: [ConnectionParameters]) -> [UInt8] {
        // A command has room for no more.
        let list = list.prefix(1_000)
        var writer = LittleEndianWriter()
        writer.word(UInt16(list.count))
        for parameters in list {
            writer.bytes += parameters.address.managementBytes
            writer.word(parameters.interval.lowerBound)
            writer.word(parameters.interval.upperBound)
            writer.word(parameters.latency)
            writer.word(parameters.supervisionTimeout)
        }
        return writer.bytes
    }
}

/// The command numbers of net/bluetooth/mgmt.h, which no installed header contains.
package enum ManagementOpcode: UInt16, CaseIterable, Sendable {
    case readVersion = 0x0001
    case readIndexList = 0x0003
    case readInfo = 0x0004
    case setPowered = 0x0005
    case setLowEnergy = 0x000D
    case disconnect = 0x0014
    case readConnections = 0x0015
    case startDiscovery = 0x0023
    case stopDiscovery = 0x0024
    case readConnectionInfo = 0x0031
    case loadConnectionParameters = 0x0035

    static let noAdapter: UInt16 = 0xFFFF

    var concernsAdapter: Bool { self != .readVersion && self != .readIndexList }
}

/// The parameters of a link. The kernel's defaults are an interval of 30 to 50 ms, which makes notifications arrive in
/// bursts, and a supervision timeout of 420 ms, which a person walking past can exceed.
package struct ConnectionParameters: Hashable, Sendable {
    package let address: BluetoothAddress
    /// The connection interval in units of 1.25 ms.
    package let interval: ClosedRange<UInt16>
    /// How many connection events the device may skip.
    package let latency: UInt16
    /// In units of 10 ms.
    package let supervisionTimeout: UInt16

    /// An interval of 7.5 to 15 ms and a supervision timeout of 4 s: notifications arrive promptly, and short fades do
    /// not end the link.
    package static func lowLatency(_ address: BluetoothAddress) -> Self {
        Self(address: address, interval: 6...12, latency: 0, supervisionTimeout: 400)
    }
}

extension BluetoothAddress {
    /// Six bytes and the address type.
    var managementBytes: [UInt8] { littleEndianBytes + [kind.rawValue] }
}

/// Builds packets of the kernel's Bluetooth protocols, which are little-endian.
struct LittleEndianWriter {
    var bytes: [UInt8] = []

    mutating func word(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }
}
