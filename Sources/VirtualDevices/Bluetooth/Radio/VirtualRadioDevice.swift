import Bluetooth
import Clocks
import Devices
import Reactor

/// A virtual device within range of the radio. Connection failures are configured here.
@ReactorActor
package class VirtualRadioDevice {
    /// The outcome of a connection attempt.
    package enum ConnectOutcome: Sendable {
        case connects
        /// The device does not respond.
        case never
        /// The kernel rejects the attempt immediately.
        case refused(Int32)
        /// The attempt fails after the connection delay.
        case fails(Int32)
        /// The connection ends before the first packet.
        case breaks
    }

    package let address: BluetoothAddress
    package let advertising: AdvertisingPayload
    package var signal: Int8
    package var connectOutcome = ConnectOutcome.connects
    /// The traits of the GATT server, effective from the next link.
    package var traits: VirtualGATTServer.Traits
    package internal(set) var isInRange = true
    /// The adapter of the current link.
    var adapter: UInt16?
    weak var socket: VirtualLinkSocket?
    /// When the kernel ends a link without a socket.
    var idleLinkExpiry: MonotonicTime?
    /// Called when the link has ended.
    var onEnd: (_ centralHasLeft: Bool) -> Void = { _ in }

    init(
        _ address: BluetoothAddress, _ advertisement: BluetoothAdvertisement, signal: Int8,
        traits: VirtualGATTServer.Traits
    ) {
        self.address = address
        self.signal = signal
        self.traits = traits
        advertising = AdvertisingPayload(advertisement)
    }

    package var isLinked: Bool { adapter != nil }
    /// The packets that the central has sent on this link.
    package var receivedPackets: [[UInt8]] { [] }

    /// Connects the device to the peer end of a link.
    func accept(_ descriptor: Int32, isResumed: Bool) throws(SystemError) {}

    package func disconnect() {}

    /// While muted, no packets pass in either direction.
    func setMuted(_ isMute: Bool) {}

    /// Advances the device while it is not connected.
    package func advance() {}
}

/// A device with its peripheral, connected or not.
@ReactorActor
package final class VirtualRadioPeripheral<Peripheral: VirtualGATTPeripheral>: VirtualRadioDevice {
    package private(set) var connection: VirtualConnection<Peripheral>?
    private var idlePeripheral: Peripheral
    private let switchedOn: MonotonicTime
    private let timers: TimerQueue

    /// - Parameters:
    ///   - address: overrides the address of the advertisement.
    ///   - advertisement: overrides that of the peripheral.
    ///   - switchedOn: the start of the device's own time.
    package init(
        _ peripheral: Peripheral, address: BluetoothAddress? = nil, advertisement: BluetoothAdvertisement? = nil,
        signal: Int8 = -60,
        switchedOn: MonotonicTime? = nil,
        traits: VirtualGATTServer.Traits = .init(), timers: TimerQueue = EventLoop.shared.timers
    ) {
        idlePeripheral = peripheral
        self.timers = timers
        self.switchedOn = switchedOn ?? timers.now
        let advertisement = advertisement ?? peripheral.advertisement
        let bits = advertisement.address ?? 0xC0DE_0000_0000
        // The two upper bits mark a static random address.
        let own = BluetoothAddress(bits: bits, kind: bits >> 46 == 3 ? .random : .publicAddress)
        super.init(address ?? own, advertisement, signal: signal, traits: traits)
    }

    package var peripheral: Peripheral { connection?.peripheral ?? idlePeripheral }

    override package var receivedPackets: [[UInt8]] { connection?.receivedPackets ?? [] }

    /// Executes an action on the peripheral, connected or not; the time is the device's own.
    package func perform(_ body: (inout Peripheral, Nanoseconds) -> [VirtualEmission]) {
        if let connection { return connection.perform(body) }
        _ = body(&idlePeripheral, timers.now - switchedOn)
    }

    override package func advance() {
        if connection == nil { _ = idlePeripheral.tick(until: timers.now - switchedOn) }
    }

    override func accept(_ descriptor: Int32, isResumed: Bool) throws(SystemError) {
        advance()
        let server = isResumed ? lastServer : nil
        if server == nil { idlePeripheral.update(mtu: 23) }
        let connection = try VirtualConnection(
            idlePeripheral, on: OwnedDescriptor(adopting: descriptor), switchedOn: switchedOn, server: server,
            traits: traits,
            timers: timers)
        connection.onEnd = { [weak self] in self?.handleEnd() }
        self.connection = connection
    }

    override package func disconnect() {
        connection?.disconnect()
    }

    override func setMuted(_ isMute: Bool) {
        connection?.isMuted = isMute
    }

    private var lastServer: VirtualGATTServer?

    private func handleEnd() {
        guard let connection else { return }
        idlePeripheral = connection.peripheral
        lastServer = connection.server
        self.connection = nil
        onEnd(connection.centralDisconnected)
    }
}

/// The advertising data of a virtual device. The name moves to the scan response if both do not fit into one packet.
package struct AdvertisingPayload: Sendable {
    package private(set) var advertisement: [UInt8] = [2, 0x01, 0x06]
    package private(set) var scanResponse: [UInt8] = []

    /// The maximum length of a packet.
    private static let capacity = 31

    package init(_ device: BluetoothAdvertisement) {
        let short = device.services.compactMap(\.short).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let long = device.services.filter { $0.short == nil }.flatMap(VirtualGATTServer.bytes)
        add(0x03, short)
        add(0x07, long)
        if let name = device.name { add(0x09, Array(name.utf8)) }
    }

    private mutating func add(_ type: UInt8, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        let structure = [UInt8(value.count + 1), type] + value
        if advertisement.count + structure.count <= Self.capacity {
            advertisement += structure
        } else {
            scanResponse += structure.prefix(Self.capacity)
        }
    }
}
