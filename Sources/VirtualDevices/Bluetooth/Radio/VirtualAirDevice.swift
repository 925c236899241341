import Bluetooth
import Clocks
import Devices
import Reactor

/// A virtual device in the air: it can be heard, and maybe connected to. What goes wrong with it is set here.
@ReactorActor
package class VirtualAirDevice {
    /// What becomes of an attempt to connect.
    package enum Answer: Sendable {
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
    package let advertising: AdvertisingBytes
    package var signal: Int8
    package var answer = Answer.connects
    /// Of its server, from the next link on.
    package var traits: VirtualGATTServer.Traits
    /// Whether it can be heard at all.
    package internal(set) var isInRange = true
    /// Through which adapter it is linked.
    var adapter: UInt16?
    weak var socket: VirtualLinkSocket?
    /// Until when the kernel keeps a link that nobody uses.
    var keptUntil: MonotonicTime?
    /// Told when the link has ended, and whether the other side has left.
    var ended: (_ centralHasLeft: Bool) -> Void = { _ in }

    init(
        _ address: BluetoothAddress, _ advertisement: BluetoothAdvertisement, signal: Int8,
        traits: VirtualGATTServer.Traits
    ) {
        self.address = address
        self.signal = signal
        self.traits = traits
        advertising = AdvertisingBytes(advertisement)
    }

    package var isLinked: Bool { adapter != nil }
    /// What the central has sent on this link.
    package var heard: [[UInt8]] { [] }

    /// Takes the other end of a link.
    func accept(_ descriptor: Int32, isKept: Bool) throws(SystemError) {}

    package func hangUp() {}

    /// Nothing gets through any more, in either direction.
    func mute(_ isMute: Bool) {}

    /// Lives on, though nobody listens.
    package func live() {}
}

/// The device itself, whether it has a link or not.
@ReactorActor
package final class VirtualAirPeripheral<Peripheral: VirtualGATTPeripheral>: VirtualAirDevice {
    package private(set) var connection: VirtualConnection<Peripheral>?
    private var parked: Peripheral
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
        parked = peripheral
        self.timers = timers
        self.switchedOn = switchedOn ?? timers.now
        let advertisement = advertisement ?? peripheral.advertisement
        let bits = advertisement.address ?? 0xC0DE_0000_0000
        // The two upper bits tell one that was made up.
        let own = BluetoothAddress(bits: bits, kind: bits >> 46 == 3 ? .random : .publicAddress)
        super.init(address ?? own, advertisement, signal: signal, traits: traits)
    }

    package var peripheral: Peripheral { connection?.peripheral ?? parked }

    override package var heard: [[UInt8]] { connection?.heard ?? [] }

    /// Does something to the device, wherever it is; the time is its own.
    package func act(_ body: (inout Peripheral, Nanoseconds) -> [VirtualEmission]) {
        if let connection { return connection.act(body) }
        _ = body(&parked, timers.now - switchedOn)
    }

    override package func live() {
        if connection == nil { _ = parked.tick(until: timers.now - switchedOn) }
    }

    override func accept(_ descriptor: Int32, isKept: Bool) throws(SystemError) {
        live()
        let server = isKept ? lastServer : nil
        if server == nil { parked.agree(mtu: 23) }
        let connection = try VirtualConnection(
            parked, on: OwnedDescriptor(adopting: descriptor), switchedOn: switchedOn, server: server, traits: traits,
            timers: timers)
        connection.ended = { [weak self] in self?.end() }
        self.connection = connection
    }

    override package func hangUp() {
        connection?.hangUp()
    }

    override func mute(_ isMute: Bool) {
        connection?.isMute = isMute
    }

    private var lastServer: VirtualGATTServer?

    private func end() {
        guard let connection else { return }
        parked = connection.peripheral
        lastServer = connection.server
        self.connection = nil
        ended(connection.centralHasLeft)
    }
}
