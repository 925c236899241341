import Bluetooth
import Clocks
import Devices
import Events
import Glibc
import Hotplug
import Reactor
import SerialTestSupport
import Testing
import VirtualDevices

@testable import Diagnostics
@testable import Drivers

@Suite("Scans") @ReactorActor
struct ScanTests {
    private static let timer = BluetoothAddress(bits: 0x6009_C31F_DC1A, kind: .random)
    private static let strap = BluetoothAddress(bits: 0xC0FF_EE00_0001, kind: .random)

    @Test("lists all adapters, also one that does not answer")
    func inquiry() throws {
        let socket = try VirtualKernelSocket(VirtualKernel([0: .init(), 3: .init()]))
        socket.deliver(VirtualKernel.discovering(true))
        let adapters = try BlockingManagementClient(socket, timeout: 1_000).adapters()
        #expect(adapters.map(\.number) == [0, 3])
        #expect(adapters.allSatisfy { $0.info?.supported.contains(.lowEnergy) == true })
        socket.kernel.unansweredOpcodes = [.readInfo]
        #expect(try BlockingManagementClient(socket, timeout: 1).adapters().map { $0.info == nil } == [true, true])
        socket.kernel.unansweredOpcodes = [.readIndexList]
        #expect(try BlockingManagementClient(socket, timeout: 1).adapters().isEmpty)
    }

    @Test("reports the kernel's discovery results with their reason, for one adapter only")
    func hearing() async throws {
        let socket = try VirtualKernelSocket(VirtualKernel())
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let listener = ScanListener(0, timers: timers)
        async let outcome = listener.listen(socket, for: .seconds(10))
        await waitUntil { socket.kernel.opcodes().contains(.startDiscovery) }
        let advertised = AdvertisingPayload(BluetoothAdvertisement(name: "AMG Lab COMM DC1A"))
        let heart = AdvertisingPayload(BluetoothAdvertisement(name: "HRM", services: [BluetoothUUID(short: 0x180D)]))
        socket.deliver(
            VirtualKernel.found(Self.timer, signal: -61, data: advertised.advertisement + advertised.scanResponse))
        socket.deliver(VirtualKernel.found(Self.strap, signal: -48, data: heart.advertisement + heart.scanResponse))
        await waitUntil { listener.found.count == 2 }
        timers.advance(to: timers.now + .seconds(10))
        #expect(try await outcome == nil)
        let lines = listener.found.map { ScanReport.Line($0, adapter: 0) }
        #expect(lines.map(\.id) == ["C0:FF:EE:00:00:01", "60:09:C3:1F:DC:1A"])
        #expect(lines.map(\.family) == ["heart-rate-strap", "amg-commander"])
        #expect(lines.map(\.confidence) == ["certain", "certain"])
        #expect(lines.map(\.reason) == ["it has the Heart Rate service", "its name begins with AMG Lab COMM"])
        #expect(lines[0].services == ["180d"])
    }

    @Test(
        "uses another client's discovery; explains why its own was rejected",
        arguments: [
            (ManagementStatus.busy, nil), (.permissionDenied, "CAP_NET_ADMIN"), (.notPowered, "the adapter is off"),
            (.blocked, "rfkill"), (.failed, "rejected"),
        ] as [(ManagementStatus, String?)])
    func refused(status: ManagementStatus, words: String?) async throws {
        var kernel = VirtualKernel()
        kernel.failingOpcodes = [.startDiscovery: status]
        let socket = try VirtualKernelSocket(kernel)
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        let listener = ScanListener(0, timers: timers)
        async let outcome = listener.listen(socket, for: .seconds(10))
        await waitUntil { socket.kernel.opcodes().contains(.startDiscovery) }
        let name = AdvertisingPayload(BluetoothAdvertisement(name: "WTVB01-BT50"))
        socket.deliver(VirtualKernel.found(Self.timer, signal: -70, data: name.advertisement + name.scanResponse))
        await waitUntil { listener.found.count == 1 }
        timers.advance(to: timers.now + .seconds(10))
        let sentence = try await outcome
        #expect(words == nil ? sentence == nil : sentence?.contains(words ?? "") == true)
    }

    @Test("aligns the table and replaces control characters in received names")
    func table() {
        var report = ScanReport()
        var description = PortDescription(node: "/dev/ttyUSB0", systemPath: "/sys/1")
        (description.vendor, description.product) = (0x10C4, 0xEA60)
        (description.name, description.driver) = ("CP2102\u{1B}[31m\u{202E}", "cp210x")
        report.lines = [ScanReport.Line(KnownPort(description, as: .serialNumber("10c4:ea60-A1-00")))]
        let rows = report.text.split(separator: "\n")
        #expect(rows.count == 2)
        #expect(rows[0].hasPrefix("WHERE   ID                   SIGNAL  NAME          DEVICE   REASON  "))
        #expect(rows[1].hasPrefix("serial  usb-10c4:ea60-A1-00          CP2102?[31m?  unknown  /dev/ttyUSB0, USB 10c4"))
        #expect(rows[1].hasSuffix("driver cp210x; device unknown: use --probe to identify it by its data"))
        #expect(report.json.contains(#""name":"CP2102\u001b[31m\#u{202E}""#))
    }

    /// Runs the event loop until the condition holds.
    private func waitUntil(_ isSo: () -> Bool) async {
        while !isSo() { await loopIterations(1) }
    }
}

/// A management socket whose peer is a virtual kernel. It answers at once, so blocking callers work as well.
@ReactorActor
final class VirtualKernelSocket: PacketSocket {
    var kernel: VirtualKernel
    private let near: ConnectedPacketSocket
    private let far: ConnectedPacketSocket

    init(_ kernel: VirtualKernel) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
        near = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[0]))
        far = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[1]))
        self.kernel = kernel
    }

    var descriptor: Int32 { near.descriptor }

    func connect() -> Int32 { 0 }

    func pendingError() -> Int32 { near.pendingError() }

    func receive(into buffer: inout [UInt8]) -> PacketResult { near.receive(into: &buffer) }

    func send(_ packet: [UInt8]) -> PacketResult {
        for answer in kernel.receive(packet) { deliver(answer) }
        return .transferred(packet.count)
    }

    /// Delivers a packet that the kernel sends to all sockets.
    func deliver(_ packet: [UInt8]) {
        _ = far.send(packet)
    }
}
