import Bluetooth

/// The kernel's side of the management socket, with any number of adapters, as a value: packets in, packets out.
package struct VirtualKernel: Sendable {
    package struct Adapter: Sendable {
        package var isPowered: Bool
        package var isLowEnergy: Bool
        package var supportsLowEnergy: Bool
        /// The last byte of its address; the others are zero.
        package var address: UInt8
        package var links: [BluetoothAddress: Int8] = [:]
        /// Loaded connection parameters: 7 bytes of address, 2 each for the intervals, latency and supervision timeout.
        package fileprivate(set) var parameters: [ArraySlice<UInt8>] = []

        package init(
            isPowered: Bool = false, isLowEnergy: Bool = true, supportsLowEnergy: Bool = true, address: UInt8 = 0x10
        ) {
            self.isPowered = isPowered
            self.isLowEnergy = isLowEnergy
            self.supportsLowEnergy = supportsLowEnergy
            self.address = address
        }
    }

    package struct Command: Sendable {
        package let opcode: ManagementOpcode
        package let adapter: UInt16
        package let parameters: [UInt8]
    }

    package var adapters: [UInt16: Adapter]
    /// Commands that are not answered, and those that fail with a status.
    package var unansweredOpcodes: Set<ManagementOpcode> = []
    package var failingOpcodes: [ManagementOpcode: ManagementStatus] = [:]
    /// Adapters that are listed but unknown to later commands.
    package var missingAdapters: [UInt16] = []
    /// The commands received so far; the oldest are discarded.
    package private(set) var commands: [Command] = []

    private static let maximumCommands = 65_536

    package init(_ adapters: [UInt16: Adapter] = [0: Adapter()]) {
        self.adapters = adapters
    }

    package func opcodes(since count: Int = 0) -> [ManagementOpcode] { commands.dropFirst(count).map(\.opcode) }

    /// The supervision timeout in units of 10 ms: the loaded value, or the kernel's default.
    package func supervisionTimeout(of address: BluetoothAddress, on number: UInt16) -> Int {
        let loaded = adapters[number]?.parameters.first { $0.starts(with: Self.bytes(of: address)) }
        return loaded.map { Int($0.suffix(2).reversed().reduce(0) { $0 << 8 | UInt16($1) }) } ?? 42
    }

    package func settings(_ number: UInt16) -> [UInt8] {
        let adapter = adapters[number] ?? Adapter()
        return [adapter.isPowered ? 1 : 0, adapter.isLowEnergy ? 2 : 0, 0, 0]
    }

    /// Processes a command; returns answers and events in order.
    package mutating func receive(_ packet: [UInt8]) -> [[UInt8]] {
        guard packet.count >= 6 else { return [] }
        let number = UInt16(packet[2]) | UInt16(packet[3]) << 8
        let code = UInt16(packet[0]) | UInt16(packet[1]) << 8
        guard let opcode = ManagementOpcode(rawValue: code) else { return [] }
        let parameters = Array(packet.dropFirst(6))
        if commands.count == Self.maximumCommands { commands.removeFirst(Self.maximumCommands / 2) }
        commands.append(Command(opcode: opcode, adapter: number, parameters: parameters))
        if unansweredOpcodes.contains(opcode) { return [] }
        if let status = failingOpcodes[opcode] { return [Self.status(status, of: opcode, number)] }
        return respond(to: opcode, number, parameters)
    }

    private mutating func respond(to opcode: ManagementOpcode, _ number: UInt16, _ parameters: [UInt8]) -> [[UInt8]] {
        let done = { (body: [UInt8]) in Self.event(1, number, Self.word(opcode.rawValue) + [0] + body) }
        switch opcode {
        case .readIndexList:
            // The kernel guarantees no order.
            let numbers = adapters.keys.sorted(by: >) + missingAdapters
            return [done(Self.word(UInt16(numbers.count)) + numbers.flatMap(Self.word))]
        case .readInfo:
            guard let adapter = adapters[number] else { return [Self.status(.invalidIndex, of: opcode, number)] }
            let address = [adapter.address, 0, 0, 0, 0, 0]
            let supported: [UInt8] = [1, adapter.supportsLowEnergy ? 2 : 0, 0, 0]
            return [done(address + [9, 2, 0] + supported + settings(number) + [UInt8](repeating: 0, count: 263))]
        case .setPowered:
            adapters[number]?.isPowered = parameters == [1]
            return [done(settings(number)), Self.event(6, number, settings(number))]
        case .setLowEnergy:
            adapters[number]?.isLowEnergy = true
            return [done(settings(number)), Self.event(6, number, settings(number))]
        case .startDiscovery: return [done([6]), Self.discovering(true, number)]
        case .stopDiscovery: return [done([6]), Self.discovering(false, number)]
        case .loadConnectionParameters:
            let list = parameters.dropFirst(2)
            adapters[number]?.parameters = stride(from: list.startIndex, to: list.endIndex, by: 15).map {
                list[$0..<min($0 + 15, list.endIndex)]
            }
            return [done([])]
        case .readConnections:
            let links = adapters[number]?.links.keys.flatMap(Self.bytes) ?? []
            return [done(Self.word(UInt16(links.count / 7)) + links)]
        case .readConnectionInfo:
            let signal = adapters[number]?.links.first { Self.bytes(of: $0.key) == parameters }?.value
            guard let signal else { return [Self.status(.notConnected, of: opcode, number)] }
            return [done(parameters + [UInt8(bitPattern: signal), 0, 0])]
        default: return [done([])]
        }
    }
}

/// Events.
extension VirtualKernel {
    package static func word(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }

    package static func event(_ code: UInt16, _ adapter: UInt16, _ body: [UInt8] = []) -> [UInt8] {
        word(code) + word(adapter) + word(UInt16(body.count)) + body
    }

    /// The address in little-endian order, followed by the address type.
    package static func bytes(of address: BluetoothAddress) -> [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: address.bits >> (8 * UInt64($0))) } + [address.kind.rawValue]
    }

    package static func found(
        _ address: BluetoothAddress, signal: Int8, data: [UInt8] = [], on adapter: UInt16 = 0
    ) -> [UInt8] {
        event(
            0x12, adapter,
            bytes(of: address) + [UInt8(bitPattern: signal), 0, 0, 0, 0] + word(UInt16(data.count)) + data)
    }

    package static func connected(_ address: BluetoothAddress, on adapter: UInt16 = 0) -> [UInt8] {
        event(0x0B, adapter, bytes(of: address) + [0, 0, 0, 0, 0, 0])
    }

    package static func disconnected(
        _ address: BluetoothAddress, _ reason: ManagementEvent.DisconnectReason = .timeout, on adapter: UInt16 = 0
    ) -> [UInt8] {
        event(0x0C, adapter, bytes(of: address) + [reason.rawValue])
    }

    package static func discovering(_ isOn: Bool, _ adapter: UInt16 = 0) -> [UInt8] {
        event(0x13, adapter, [6, isOn ? 1 : 0])
    }

    private static func status(_ status: ManagementStatus, of opcode: ManagementOpcode, _ adapter: UInt16) -> [UInt8] {
        event(2, adapter, word(opcode.rawValue) + [status.rawValue])
    }
}
