import Bluetooth
import CLinux
import Clocks
import Devices
import Glibc
import Reactor

/// A radio without a radio: the kernel's management and its links, over pairs of sockets, with virtual devices in the air.
/// Whoever uses the kernel's sockets can use these, and knows no difference: real packets, real error numbers, and the
/// kernel's own habits as `docs/bluetooth.md` tells them.
@ReactorActor
package final class VirtualRadio: Radio {
    package var kernel: VirtualKernel
    package private(set) var devices: [VirtualRadioDevice] = []
    /// Why nobody gets a management socket.
    package var managementError: LinkError?
    /// The controller has stopped to answer: nobody is heard, and connecting fails after two seconds.
    package var isHung = false
    /// How many were being connected to at once, at most, and how often while somebody scanned.
    package internal(set) var peakConnecting = 0
    package internal(set) var connectsDuringScan = 0
    let timers: TimerQueue
    var attempts: [Attempt] = []
    var attemptTimer: TimerQueue.Token?
    private var management: VirtualManagementSocket?
    private var scans: [UInt16: Scan] = [:]

    private struct Scan {
        let end: MonotonicTime
        var timer: TimerQueue.Token?
    }

    nonisolated static let socketType = Int32(
        SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    /// The kernel ends a discovery by itself.
    private static let scanLength = Nanoseconds.milliseconds(10_240)
    private static let firstReport = Nanoseconds.milliseconds(30)
    private static let reportInterval = Nanoseconds.seconds(2)

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

    /// Ends everything: nobody is in the air any more.
    package func stop() {
        for number in scans.keys { endScan(number) }
        attemptTimer.map(timers.cancel)
        (attemptTimer, attempts) = (nil, [])
        management?.end()
        for device in devices { device.disconnect() }
    }
}

/// What happens to adapters.
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

    /// The management socket breaks.
    package func closeManagementSocket() {
        management?.end()
    }

    /// The controller reports an error, or whatever else the kernel may have to say.
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
