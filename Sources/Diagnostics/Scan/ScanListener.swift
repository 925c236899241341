import Bluetooth
import Clocks
import Reactor

/// Hears what an adapter finds, for a while; looks for devices itself, if it may.
@ReactorActor
final class ScanListener: PacketChannelDelegate {
    private let adapter: UInt16
    private let timers: TimerQueue
    private var channel: PacketChannel?
    private var devices = DiscoveredDevices()
    private var waiting: [ManagementCommand] = []
    private var rejection: ManagementStatus?
    private var failure: LinkError?
    private var isListening = true

    init(_ adapter: UInt16, timers: TimerQueue = EventLoop.shared.timers) {
        self.adapter = adapter
        self.timers = timers
    }

    /// Those that were heard, the loudest first.
    var found: [DiscoveredDevices.Device] { devices.seen(since: MonotonicTime(nanoseconds: .min)) }

    /// Returns when the time is up; with a sentence when others had to look in our place.
    func listen(_ socket: any PacketSocket, for span: Nanoseconds) async throws(LinkError) -> String? {
        waiting = [.startDiscovery]
        let channel = PacketChannel(
            socket, delegate: self, maximumLength: ManagementSocket.maximumPacketLength, timers: timers)
        self.channel = channel
        channel.open()
        try? await timers.sleep(for: span)
        isListening = false
        channel.close()
        if let failure { throw failure }
        return rejection.flatMap { Self.explanation($0) }
    }

    func channelOpened() { channel?.sendPackets() }

    func nextPacket() -> [UInt8]? {
        waiting.isEmpty ? nil : waiting.removeFirst().bytes(adapter: adapter)
    }

    func channelReceived(_ bytes: ArraySlice<UInt8>) {
        guard isListening, let packet = try? ManagementPacket(bytes), packet.adapter == adapter else { return }
        switch packet.event {
        case .found(let device):
            devices.record(device.data, from: device.address, signal: device.signal, at: timers.now)
        case .discovering(false):
            // The kernel looks for some ten seconds at a time.
            if rejection == nil { restartDiscovery() }
        case .status(let command, let status) where command == ManagementOpcode.startDiscovery.rawValue:
            // Busy is whoever looks already; what they find, we hear.
            if status != .busy, status != .success { rejection = status }
        default: break
        }
    }

    func channelClosed(_ loss: LinkError) {
        if isListening { self.failure = loss }
    }

    private func restartDiscovery() {
        waiting = [.startDiscovery]
        channel?.sendPackets()
    }

    private nonisolated static func explanation(_ status: ManagementStatus) -> String? {
        switch status {
        case .permissionDenied:
            "to look for devices takes CAP_NET_ADMIN: use sudo, or sudo setcap cap_net_admin+ep on the program"
        case .notPowered: "the adapter is off: a running gateway switches it on, and so does sudo bluetoothctl power on"
        case .blocked: "the radio is switched off: sudo rfkill unblock bluetooth"
        default: "the adapter refused to look for devices: \(status)"
        }
    }
}
