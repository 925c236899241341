import Bluetooth
import Clocks
import Reactor

/// Collects an adapter's discovery results for a while. Starts discovery itself if permitted.
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

    /// The discovered devices, strongest signal first.
    var found: [DiscoveredDevices.Device] { devices.seen(since: MonotonicTime(nanoseconds: .min)) }

    /// Returns when the time is up, with an explanation if discovery could not be started.
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
            // The kernel ends each discovery after about ten seconds.
            if rejection == nil { restartDiscovery() }
        case .status(let command, let status) where command == ManagementOpcode.startDiscovery.rawValue:
            // BUSY: another client is scanning; we receive its results.
            if status != .busy, status != .success { rejection = status }
        default: break
        }
    }

    func channelClosed(_ error: LinkError) {
        if isListening { failure = error }
    }

    private func restartDiscovery() {
        waiting = [.startDiscovery]
        channel?.sendPackets()
    }

    private nonisolated static func explanation(_ status: ManagementStatus) -> String? {
        switch status {
        case .permissionDenied:
            "scanning needs CAP_NET_ADMIN: use sudo, or sudo setcap cap_net_admin+ep on the program"
        case .notPowered: "the adapter is off: start the gateway, or run sudo bluetoothctl power on"
        case .blocked: "the radio is blocked: sudo rfkill unblock bluetooth"
        default: "the adapter rejected the scan: \(status)"
        }
    }
}
