/// What the kernel is told or asked through its Bluetooth management socket. Each is answered, with a status.
package enum ManagementCommand: Hashable, Sendable {
    case readVersion
    /// The adapters that there are.
    case readIndexList
    case readInfo
    case setPowered(Bool)
    /// Low Energy, on adapters that can do both.
    case setLowEnergy(Bool)
    /// Scans for Low Energy devices, actively, for some ten seconds; the kernel fits it in with connecting.
    case startDiscovery
    case stopDiscovery
    case disconnect(BluetoothAddress)
    case readConnections
    /// The signal of a link that is up.
    case readConnectionInfo(BluetoothAddress)
    /// What to ask for when connecting to these. It replaces what was loaded before, so it names all of them.
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

    /// - Parameter adapter: the number in `hci0`. Commands that concern no adapter ignore it.
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
        // What would not fit into one command is left out; nobody has so many sensors.
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

/// The numbers of the commands.
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

/// How a link to a device shall be kept. By itself the kernel asks for 30 to 50 ms, which makes notifications come in
/// bursts, and gives a link up after 420 ms, which is one person walking through a hall.
package struct ConnectionParameters: Hashable, Sendable {
    package let address: BluetoothAddress
    /// Between two chances to send, in 1.25 ms.
    package let interval: ClosedRange<UInt16>
    /// How many of them the device may sleep through.
    package let latency: UInt16
    /// How long nothing may be heard before the link is given up, in 10 ms.
    package let supervisionTimeout: UInt16

    /// 7.5 to 15 ms, and 4 s: events come when they happen, and a fade does not cost the link.
    package static func lowLatency(_ address: BluetoothAddress) -> Self {
        Self(address: address, interval: 6...12, latency: 0, supervisionTimeout: 400)
    }
}

extension BluetoothAddress {
    /// Six bytes and the kind.
    var managementBytes: [UInt8] { littleEndianBytes + [kind.rawValue] }
}
