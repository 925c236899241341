import Bluetooth
import CLinux
import Clocks
import Devices
import Glibc
import Reactor
import Testing
import VirtualDevices

/// A session and a virtual device connected by a socket pair, on a manual clock.
@ReactorActor
final class SessionTestBed<Session: DeviceSession, Peripheral: VirtualGATTPeripheral> {
    let timers: TimerQueue
    private(set) var outputs: [(time: Nanoseconds, output: Session.Output)] = []
    private(set) var errors: [LinkError] = []
    private(set) var link: SessionLink<Session>
    private(set) var device: VirtualConnection<Peripheral>
    private let traits: VirtualGATTServer.Traits
    private let start: MonotonicTime

    init(
        _ session: Session, _ peripheral: Peripheral, traits: VirtualGATTServer.Traits = .init(),
        timers: TimerQueue? = nil
    ) throws {
        let timers = timers ?? TimerQueue(now: MonotonicTime(nanoseconds: 1_000_000_000))
        self.timers = timers
        self.traits = traits
        start = timers.now
        let (near, far) = try Self.pair()
        device = try VirtualConnection(
            peripheral, on: OwnedDescriptor(adopting: far), switchedOn: start, traits: traits, timers: timers)
        link = SessionLink(session, over: near, timers: timers, onOutput: { _ in }, onClose: { _ in })
        link = connect(session, near)
        link.open()
    }

    /// Connects the same session and device again.
    func reconnect() throws {
        let (near, far) = try Self.pair()
        device = try VirtualConnection(
            device.peripheral, on: OwnedDescriptor(adopting: far), switchedOn: start, traits: traits, timers: timers)
        link = connect(link.session, near)
        link.open()
    }

    private func connect(_ session: Session, _ socket: ConnectedPacketSocket) -> SessionLink<Session> {
        SessionLink(
            session, over: socket, timers: timers,
            onOutput: { [weak self] output in self.map { $0.outputs.append(($0.time, output)) } },
            onClose: { [weak self] error in self?.errors.append(error) })
    }

    var time: Nanoseconds { timers.now - start }

    /// Advances the clock from deadline to deadline, and exchanges packets in between.
    func run(until end: Nanoseconds) async {
        await settle()
        while let next = timers.nextDeadline, next - start <= end {
            timers.advance(to: next)
            await settle()
        }
        timers.advance(to: start + end)
        await settle()
    }

    func run(for span: Nanoseconds) async {
        await run(until: time + span)
    }

    /// Runs the loop until no more packets arrive. A packet and its response take one iteration each.
    private func settle() async {
        var quiet = 0
        var received = device.receivedPackets.count
        var reported = outputs.count
        while quiet < 4 {
            await Task.yield()
            quiet = received == device.receivedPackets.count && reported == outputs.count ? quiet + 1 : 0
            (received, reported) = (device.receivedPackets.count, outputs.count)
        }
    }

    func close() {
        link.close()
        device.disconnect()
    }

    private static func pair() throws -> (ConnectedPacketSocket, Int32) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        return (ConnectedPacketSocket(OwnedDescriptor(adopting: ends[0])), ends[1])
    }
}

extension SessionTestBed where Session == BT50Session {
    /// The contents of each notification.
    var notifications: [(readings: [BT50Reading], bytes: ArraySlice<UInt8>)] {
        outputs.compactMap { entry in
            if case .readings(let readings, in: let bytes) = entry.output { (readings, bytes) } else { nil }
        }
    }

    var readings: [BT50Reading] { notifications.flatMap(\.readings) }
}
