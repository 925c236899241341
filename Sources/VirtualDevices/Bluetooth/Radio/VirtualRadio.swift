import Bluetooth
import CLinux
import Clocks
import Devices
import Glibc
import Reactor

/// A simulated Bluetooth radio: the kernel's management socket and link sockets, with virtual devices in range.
///
/// The socket pairs carry real packets and report the kernel's error numbers, as described in `docs/bluetooth.md`.
@ReactorActor
package final class VirtualRadio: Radio {
    package var kernel: VirtualKernel
    package private(set) var devices: [VirtualRadioDevice] = []
    /// If set, opening a management socket fails with this error.
    package var managementError: LinkError?
    /// The controller does not respond: scans find nothing, and connecting times out after two seconds.
    package var isHung = false
    /// The maximum number of concurrent connection attempts, and the number of attempts started during a scan.
    package private(set) var peakConnecting = 0
    package private(set) var connectsDuringScan = 0
    private let timers: TimerQueue
    private var attempts: [Attempt] = []
    private var attemptTimer: TimerQueue.Token?
    private var management: VirtualManagementSocket?
    private var scans: [UInt16: Scan] = [:]

    private struct Scan {
        let end: MonotonicTime
        var timer: TimerQueue.Token?
    }

    private struct Attempt {
        weak var socket: VirtualLinkSocket?
        let adapter: UInt16
        let start: MonotonicTime
    }

    nonisolated static let socketType = Int32(
        SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    /// The kernel ends a discovery after this time.
    private static let scanLength = Nanoseconds.milliseconds(10_240)
    private static let firstReport = Nanoseconds.milliseconds(30)
    private static let reportInterval = Nanoseconds.seconds(2)
    /// From the request to the connection, if the device is reachable.
    private static let connectDelay = Nanoseconds.milliseconds(40)
    /// The connection timeouts of the kernel and of the controller.
    private static let connectTimeout = Nanoseconds.seconds(41)
    private static let controllerTimeout = Nanoseconds.seconds(2)
    /// The kernel keeps a link open for this time after its socket was closed.
    private static let idleLinkTimeout = Nanoseconds.seconds(2)

    package init(
        _ adapters: [UInt16: VirtualKernel.Adapter] = [0: .init()], timers: TimerQueue = EventLoop.shared.timers
    ) {
        kernel = VirtualKernel(adapters)
        self.timers = timers
    }

    package func add(_ device: VirtualRadioDevice) {
        devices.append(device)
        device.onEnd = { [weak self, weak device] hasLeft in
            if let device { self?.handleLinkEnd(device, centralDisconnected: hasLeft) }
        }
    }

    package func managementSocket() throws(LinkError) -> any PacketSocket {
        if let managementError { throw managementError }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Self.socketType, 0, &ends) == 0 else { throw LinkError(errno, at: .preparing) }
        let near = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[0]))
        do throws(SystemError) {
            management = try VirtualManagementSocket(OwnedDescriptor(adopting: ends[1])) { [weak self] in
                self?.receive($0)
            }
        } catch {
            throw .other(.preparing, error.code)
        }
        return near
    }

    package func socket(
        to peer: BluetoothAddress, from adapter: BluetoothAddress?
    ) throws(LinkError) -> any PacketSocket {
        try VirtualLinkSocket(to: peer, radio: self)
    }

    /// Disconnects all devices and closes the sockets.
    package func stop() {
        for number in scans.keys { endScan(number) }
        attemptTimer.map(timers.cancel)
        (attemptTimer, attempts) = (nil, [])
        management?.end()
        for device in devices { device.disconnect() }
    }
}

/// Adapters and the management socket.
extension VirtualRadio {
    package func plugIn(_ number: UInt16, _ adapter: VirtualKernel.Adapter = .init()) {
        kernel.adapters[number] = adapter
        sendManagementPacket(VirtualKernel.event(0x04, number))
    }

    package func unplug(_ number: UInt16) {
        endLinks(of: number)
        endScan(number)
        kernel.adapters[number] = nil
        sendManagementPacket(VirtualKernel.event(0x05, number))
    }

    /// The management socket fails.
    package func closeManagementSocket() {
        management?.end()
    }

    /// Sends an event of the kernel, such as an error of the controller.
    package func sendManagementPacket(_ packet: [UInt8]) {
        management?.send(packet)
    }

    private func receive(_ packet: [UInt8]) {
        let count = kernel.commands.count
        let answers = kernel.receive(packet)
        for answer in answers { sendManagementPacket(answer) }
        guard kernel.commands.count > count, let command = kernel.commands.last, !answers.isEmpty,
            kernel.failingOpcodes[command.opcode] == nil
        else { return }
        switch command.opcode {
        case .startDiscovery: beginScan(command.adapter)
        case .stopDiscovery: endScan(command.adapter)
        case .setPowered where command.parameters == [0]:
            endLinks(of: command.adapter)
            endScan(command.adapter)
        default: break
        }
    }
}

/// Scanning.
extension VirtualRadio {
    var isScanning: Bool { !scans.isEmpty }

    private func beginScan(_ number: UInt16) {
        endScan(number)
        scans[number] = Scan(end: timers.now + Self.scanLength)
        scheduleReport(to: number, after: Self.firstReport)
    }

    private func endScan(_ number: UInt16) {
        scans.removeValue(forKey: number)?.timer.map(timers.cancel)
    }

    private func scheduleReport(to number: UInt16, after delay: Nanoseconds) {
        guard let scan = scans[number] else { return }
        scans[number]?.timer = timers.at(min(scan.end, timers.now + delay)) { [weak self] in
            guard let self else { return }
            guard timers.now < scan.end else {
                endScan(number)
                return sendManagementPacket(VirtualKernel.discovering(false, number))
            }
            for device in devices where device.isInRange && !device.isLinked && !isHung {
                let data = device.advertising.advertisement + device.advertising.scanResponse
                sendManagementPacket(VirtualKernel.found(device.address, signal: device.signal, data: data, on: number))
            }
            scheduleReport(to: number, after: Self.reportInterval)
        }
    }
}

/// Connection attempts.
extension VirtualRadio {
    func connect(_ socket: VirtualLinkSocket) -> Int32 {
        guard let number = kernel.adapters.first(where: { $0.value.isPowered })?.key else { return EHOSTUNREACH }
        if let device = device(at: socket.peer) {
            if case .refused(let code) = device.connectOutcome { return code }
            if device.isLinked, device.idleLinkExpiry == nil { return EBUSY }
        }
        socket.blockWrites()
        attempts.removeAll { $0.socket == nil }
        attempts.append(Attempt(socket: socket, adapter: number, start: timers.now))
        peakConnecting = max(peakConnecting, attempts.count)
        if isScanning { connectsDuringScan += 1 }
        scheduleAttemptCheck(after: Self.connectDelay)
        return EINPROGRESS
    }

    private func scheduleAttemptCheck(after delay: Nanoseconds) {
        attemptTimer.map(timers.cancel)
        attemptTimer = timers.after(delay) { [weak self] in
            guard let self else { return }
            attemptTimer = nil
            attempts.removeAll { completeIfDue($0) }
            if !attempts.isEmpty { scheduleAttemptCheck(after: Self.connectDelay) }
        }
    }

    private func completeIfDue(_ attempt: Attempt) -> Bool {
        guard let socket = attempt.socket else { return true }
        let waited = timers.now - attempt.start
        guard kernel.adapters[attempt.adapter]?.isPowered ?? false else { return fail(socket, ECONNABORTED) }
        if isHung { return waited >= Self.controllerTimeout ? fail(socket, ETIMEDOUT) : false }
        guard waited < Self.connectTimeout else { return fail(socket, ECONNREFUSED) }
        guard let device = device(at: socket.peer), device.isInRange else { return false }
        switch device.connectOutcome {
        case .never, .refused: return false
        case .fails(let code): return fail(socket, code)
        case .connects, .breaks:
            establish(socket, device, attempt.adapter)
            return true
        }
    }

    private func fail(_ socket: VirtualLinkSocket, _ code: Int32) -> Bool {
        socket.fail(code)
        return true
    }

    private func establish(_ socket: VirtualLinkSocket, _ device: VirtualRadioDevice, _ number: UInt16) {
        guard let descriptor = socket.establish() else { return }
        let isResumed = device.idleLinkExpiry != nil
        (device.adapter, device.socket, device.idleLinkExpiry) = (number, socket, nil)
        kernel.adapters[number]?.links[device.address] = device.signal
        do throws(SystemError) {
            try device.accept(descriptor, isResumed: isResumed)
        } catch {
            return end(device, ECONNABORTED, .unspecified)
        }
        if !isResumed { sendManagementPacket(VirtualKernel.connected(device.address, on: number)) }
        if case .breaks = device.connectOutcome { end(device, ENOSYS, .unspecified) }
    }

    private func device(at address: BluetoothAddress) -> VirtualRadioDevice? {
        devices.first { $0.address == address }
    }
}

/// The end of links.
extension VirtualRadio {
    /// Moves a device into or out of range. A link ends when its supervision timeout expires.
    package func move(_ device: VirtualRadioDevice, inRange isInRange: Bool) {
        device.isInRange = isInRange
        device.setMuted(!isInRange)
        guard !isInRange, let number = device.adapter else { return }
        let silence = Int64(kernel.supervisionTimeout(of: device.address, on: number)) * 10
        timers.after(.milliseconds(silence)) { [weak self, weak device] in
            guard let self, let device, !device.isInRange else { return }
            end(device, ETIMEDOUT, .timeout)
        }
    }

    private func endLinks(of number: UInt16) {
        for device in devices where device.adapter == number { end(device, ECONNABORTED, .unspecified) }
    }

    private func handleLinkEnd(_ device: VirtualRadioDevice, centralDisconnected: Bool) {
        guard device.isLinked else { return }
        guard centralDisconnected else { return end(device, ECONNRESET, .remote) }
        device.idleLinkExpiry = timers.now + Self.idleLinkTimeout
        timers.after(Self.idleLinkTimeout) { [weak self, weak device] in
            guard let self, let device, let until = device.idleLinkExpiry, timers.now >= until else { return }
            end(device, ECONNRESET, .local)
        }
    }

    private func end(_ device: VirtualRadioDevice, _ code: Int32, _ reason: ManagementEvent.DisconnectReason) {
        guard let number = device.adapter else { return }
        device.socket?.end(code)
        (device.adapter, device.socket, device.idleLinkExpiry) = (nil, nil, nil)
        kernel.adapters[number]?.links[device.address] = nil
        device.disconnect()
        sendManagementPacket(VirtualKernel.disconnected(device.address, reason, on: number))
    }
}
