import CLinux
import Clocks
import Devices
import Glibc
import Reactor

/// A connected virtual device on one end of a pair of packet sockets. Packets that cannot be sent immediately are lost.
@ReactorActor
package final class VirtualConnection<Peripheral: VirtualGATTPeripheral>: DescriptorHandler {
    package private(set) var peripheral: Peripheral
    package private(set) var server: VirtualGATTServer
    /// Packets from the central, in order.
    package private(set) var receivedPackets: [[UInt8]] = []
    /// While true, no packets pass in either direction.
    package var isMuted = false
    /// Whether the central has ended the link.
    package private(set) var centralDisconnected = false
    /// Called when either side has ended the link.
    package var onEnd: () -> Void = {}

    private let descriptor: OwnedDescriptor
    private let timers: TimerQueue
    private let start: MonotonicTime
    private var watch: EventLoop.Watch?
    private var timer: TimerQueue.Token?
    private var buffer = [UInt8](repeating: 0, count: 1_024)

    private static var maximumReceivedPackets: Int { 4_096 }

    /// - Parameters:
    ///   - switchedOn: the start of the device's own time.
    ///   - server: the server state of a resumed link; nil for a new link.
    package init(
        _ peripheral: Peripheral, on descriptor: consuming OwnedDescriptor, switchedOn: MonotonicTime? = nil,
        server: VirtualGATTServer? = nil, traits: VirtualGATTServer.Traits = .init(),
        timers: TimerQueue = EventLoop.shared.timers
    ) throws(SystemError) {
        self.peripheral = peripheral
        self.descriptor = descriptor
        self.timers = timers
        self.server = server ?? VirtualGATTServer(peripheral.services, traits: traits)
        start = switchedOn ?? timers.now
        watch = try EventLoop.shared.watch(self.descriptor.number, for: .readable, handler: self)
        advance()
    }

    package func descriptorIsReady(_: Readiness) {
        while watch != nil {
            let count = recv(descriptor.number, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { handleCentralDisconnect() }
                return
            }
            receive(buffer[..<count])
        }
    }

    /// Sends any packet, valid or not.
    package func sendRaw(_ packet: [UInt8]) {
        send(packet)
    }

    /// Executes an action on the peripheral; the time is the device's own.
    package func perform(_ body: (inout Peripheral, Nanoseconds) -> [VirtualEmission]) {
        emit(body(&peripheral, time))
        advance()
    }

    private func handleCentralDisconnect() {
        centralDisconnected = true
        disconnect()
    }

    package func disconnect() {
        guard let watch else { return }
        EventLoop.shared.unwatch(watch)
        self.watch = nil
        timer.map(timers.cancel)
        shutdown(descriptor.number, Int32(SHUT_RDWR))
        onEnd()
        onEnd = {}
    }

    private var time: Nanoseconds { timers.now - start }

    private func receive(_ packet: ArraySlice<UInt8>) {
        guard !isMuted else { return }
        if receivedPackets.count < Self.maximumReceivedPackets { receivedPackets.append(Array(packet)) }
        let mtu = server.mtu
        let outcome = server.receive(packet) { peripheral.value(of: $0, at: time) }
        if server.mtu != mtu { peripheral.update(mtu: server.mtu) }
        outcome.response.map(send)
        if let write = outcome.write { emit(peripheral.receive(write: write.value[...], at: time)) }
        advance()
    }

    private func advance() {
        guard watch != nil else { return }
        emit(peripheral.tick(until: time))
        timer.map(timers.cancel)
        timer = nil
        guard watch != nil, let next = peripheral.nextEvent else { return }
        timer = timers.at(max(start + next, timers.now)) { [weak self] in self?.advance() }
    }

    private func emit(_ emissions: [VirtualEmission]) {
        for emission in emissions {
            switch emission.content {
            case .notification(let characteristic, let value):
                server.notification(of: characteristic, value).map(send)
            case .linkLost: return disconnect()
            }
        }
    }

    private func send(_ packet: [UInt8]) {
        guard watch != nil, !isMuted else { return }
        _ = Glibc.send(descriptor.number, packet, packet.count, Int32(MSG_NOSIGNAL))
    }
}
