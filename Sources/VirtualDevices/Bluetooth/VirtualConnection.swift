import CLinux
import Clocks
import Devices
import Glibc
import Reactor

/// A virtual device at the far end of a pair of packet sockets: what the radio and the kernel would be to a real one.
///
/// It lives as long as the link: whoever wants it to hang up lets it. What it has not been able to send is lost, as it
/// would be in the air.
@ReactorActor
package final class VirtualConnection<Peripheral: VirtualGATTPeripheral>: DescriptorHandler {
    package private(set) var peripheral: Peripheral
    package private(set) var server: VirtualGATTServer
    /// Packets from the central, in order.
    package private(set) var heard: [[UInt8]] = []
    /// Nothing gets through, in either direction.
    package var isMute = false
    /// Whether it was the central who has ended the link.
    package private(set) var centralHasLeft = false
    /// Told when the link has ended, whoever has ended it.
    package var ended: () -> Void = {}

    private let descriptor: OwnedDescriptor
    private let timers: TimerQueue
    private let start: MonotonicTime
    private var watch: EventLoop.Watch?
    private var timer: TimerQueue.Token?
    private var buffer = [UInt8](repeating: 0, count: 1_024)

    private static var mostHeard: Int { 4_096 }

    /// - Parameters:
    ///   - switchedOn: when the device was; it need not be now.
    ///   - server: as it was left on a link that is taken up again; nil for a new link.
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
        live()
    }

    package func descriptorIsReady(_: Readiness) {
        while watch != nil {
            let count = recv(descriptor.number, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { leave() }
                return
            }
            receive(buffer[..<count])
        }
    }

    /// Says something that is no notification: for tests of those who listen.
    package func say(_ packet: [UInt8]) {
        send(packet)
    }

    /// Does something to the device, whose own time it is.
    package func act(_ body: (inout Peripheral, Nanoseconds) -> [VirtualEmission]) {
        emit(body(&peripheral, time))
        live()
    }

    private func leave() {
        centralHasLeft = true
        hangUp()
    }

    package func hangUp() {
        guard let watch else { return }
        EventLoop.shared.end(watch)
        self.watch = nil
        timer.map(timers.cancel)
        shutdown(descriptor.number, Int32(SHUT_RDWR))
        ended()
        ended = {}
    }

    private var time: Nanoseconds { timers.now - start }

    private func receive(_ packet: ArraySlice<UInt8>) {
        guard !isMute else { return }
        if heard.count < Self.mostHeard { heard.append(Array(packet)) }
        let mtu = server.mtu
        let outcome = server.receive(packet) { peripheral.value(of: $0, at: time) }
        if server.mtu != mtu { peripheral.agree(mtu: server.mtu) }
        outcome.answer.map(send)
        if let write = outcome.write { emit(peripheral.received(write: write.value[...], at: time)) }
        live()
    }

    private func live() {
        guard watch != nil else { return }
        emit(peripheral.tick(until: time))
        timer.map(timers.cancel)
        timer = nil
        guard watch != nil, let next = peripheral.nextEvent else { return }
        timer = timers.at(max(start + next, timers.now)) { [weak self] in self?.live() }
    }

    private func emit(_ emissions: [VirtualEmission]) {
        for emission in emissions {
            switch emission.content {
            case .notification(let characteristic, let value):
                server.notification(of: characteristic, value).map(send)
            case .linkLost: return hangUp()
            }
        }
    }

    private func send(_ packet: [UInt8]) {
        guard watch != nil, !isMute else { return }
        _ = Glibc.send(descriptor.number, packet, packet.count, Int32(MSG_NOSIGNAL))
    }
}
