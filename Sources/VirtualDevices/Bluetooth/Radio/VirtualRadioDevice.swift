import Bluetooth
import Clocks
import Devices
import Reactor

/// A virtual device in the air: it can be heard, and maybe connected to. What goes wrong with it is set here.
@ReactorActor
package class VirtualRadioDevice {
    /// What becomes of an attempt to connect.
    package enum ConnectOutcome: Sendable {
        case connects
        /// It is off, or somebody else's.
        case never
        /// The kernel refuses at once.
        case refused(Int32)
        /// The attempt fails after a while.
        case fails(Int32)
        /// There is a connection, and it is gone before the first packet.
        case breaks
    }

    package let address: BluetoothAddress
    package let advertising: AdvertisingPayload
    package var signal: Int8
    package var connectOutcome = ConnectOutcome.connects
    /// Of its server, from the next link on.
    package var traits: VirtualGATTServer.Traits
    /// Whether it can be heard at all.
    package internal(set) var isInRange = true
    /// Through which adapter it is linked.
    var adapter: UInt16?
    weak var socket: VirtualLinkSocket?
    /// Until when the kernel keeps a link that nobody uses.
    var idleLinkExpiry: MonotonicTime?
    /// Told when the link has ended, and whether the other side has left.
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
    /// What the central has sent on this link.
    package var receivedPackets: [[UInt8]] { [] }

    /// Takes the other end of a link.
    func accept(_ descriptor: Int32, isResumed: Bool) throws(SystemError) {}

    package func disconnect() {}

    /// Nothing gets through any more, in either direction.
    func setMuted(_ isMute: Bool) {}

    /// Lives on, though nobody listens.
    package func advance() {}
}

/// The device itself, whether it has a link or not.
@ReactorActor
package final class VirtualRadioPeripheral<Peripheral: VirtualGATTPeripheral>: VirtualRadioDevice {
    package private(set) var connection: VirtualConnection<Peripheral>?
    private var idlePeripheral: Peripheral
    private let switchedOn: MonotonicTime
    private let timers: TimerQueue

    /// - Parameters:
    ///   - address: when it says none itself.
    ///   - advertisement: when it pretends to be something else.
    ///   - switchedOn: from when its own time counts.
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
        // The two upper bits tell one that was made up.
        let own = BluetoothAddress(bits: bits, kind: bits >> 46 == 3 ? .random : .publicAddress)
        super.init(address ?? own, advertisement, signal: signal, traits: traits)
    }

    package var peripheral: Peripheral { connection?.peripheral ?? idlePeripheral }

    override package var receivedPackets: [[UInt8]] { connection?.receivedPackets ?? [] }

    /// Does something to the device, wherever it is; the time is its own.
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
