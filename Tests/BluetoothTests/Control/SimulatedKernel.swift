import Bluetooth
import Clocks

/// The kernel's side of the management socket, with as many adapters as a test wants. It answers what it is asked, unless
/// it is told not to.
struct SimulatedKernel {
    struct Adapter {
        var isPowered = false
        var isLowEnergy = true
        var canLowEnergy = true
        var address: UInt8 = 0x10
    }

    var adapters: [UInt16: Adapter]
    /// Commands that are never answered, and those that are refused.
    var silent: Set<ManagementOpcode> = []
    var refused: [ManagementOpcode: ManagementStatus] = [:]
    /// Adapters that are named, and gone when they are asked about.
    var vanished: [UInt16] = []
    private(set) var commands: [(opcode: ManagementOpcode, adapter: UInt16, parameters: [UInt8])] = []

    init(_ adapters: [UInt16: Adapter] = [0: Adapter()]) {
        self.adapters = adapters
    }

    func opcodes(since count: Int = 0) -> [ManagementOpcode] { commands.dropFirst(count).map(\.opcode) }

    static func word(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }

    static func event(_ code: UInt16, _ adapter: UInt16, _ body: [UInt8] = []) -> [UInt8] {
        word(code) + word(adapter) + word(UInt16(body.count)) + body
    }

    static let sensor = BluetoothAddress(bits: 0xF8FE_9231_12E3, kind: .random)
    private static let sensorBytes: [UInt8] = [0xE3, 0x12, 0x31, 0x92, 0xFE, 0xF8, 2]

    static func found(_ adapter: UInt16 = 0) -> [UInt8] {
        event(0x12, adapter, sensorBytes + [0xC4, 0, 0, 0, 0, 0, 0])
    }

    static func connected(_ adapter: UInt16 = 0) -> [UInt8] {
        event(0x0B, adapter, sensorBytes + [0, 0, 0, 0, 0, 0])
    }

    static func disconnected(_ adapter: UInt16 = 0) -> [UInt8] { event(0x0C, adapter, sensorBytes + [1]) }

    static func discovering(_ isOn: Bool, _ adapter: UInt16 = 0) -> [UInt8] {
        event(0x13, adapter, [6, isOn ? 1 : 0])
    }

    func settings(_ number: UInt16) -> [UInt8] {
        let adapter = adapters[number] ?? Adapter()
        return [adapter.isPowered ? 1 : 0, adapter.isLowEnergy ? 2 : 0, 0, 0]
    }

    /// Answers and events, in order.
    mutating func take(_ packet: [UInt8]) -> [[UInt8]] {
        let number = UInt16(packet[2]) | UInt16(packet[3]) << 8
        let code = UInt16(packet[0]) | UInt16(packet[1]) << 8
        guard let opcode = ManagementOpcode(rawValue: code) else { return [] }
        let parameters = Array(packet.dropFirst(6))
        commands.append((opcode, number, parameters))
        if silent.contains(opcode) { return [] }
        if let status = refused[opcode] { return [Self.event(2, number, Self.word(code) + [status.rawValue])] }
        let done = { (body: [UInt8]) in Self.event(1, number, Self.word(code) + [0] + body) }
        switch opcode {
        case .readIndexList:
            // The kernel promises no order.
            let numbers = adapters.keys.sorted(by: >) + vanished
            return [done(Self.word(UInt16(numbers.count)) + numbers.flatMap(Self.word))]
        case .readInfo:
            guard let adapter = adapters[number] else { return [Self.event(2, number, Self.word(code) + [0x11])] }
            let address = [adapter.address, 0, 0, 0, 0, 0]
            let supported: [UInt8] = [1, adapter.canLowEnergy ? 2 : 0, 0, 0]
            return [done(address + [9, 2, 0] + supported + settings(number) + [UInt8](repeating: 0, count: 263))]
        case .setPowered:
            adapters[number]?.isPowered = parameters == [1]
            return [done(settings(number)), Self.event(6, number, settings(number))]
        case .setLowEnergy:
            adapters[number]?.isLowEnergy = true
            return [done(settings(number)), Self.event(6, number, settings(number))]
        case .startDiscovery: return [done([6]), Self.discovering(true, number)]
        case .stopDiscovery: return [done([6]), Self.discovering(false, number)]
        default: return [done([])]
        }
    }
}
