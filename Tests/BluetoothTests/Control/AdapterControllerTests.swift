import Bluetooth
import CLinux
import Clocks
import Reactor
import Testing
import VirtualDevices

@Suite("The supervisor on a socket") @ReactorActor
struct AdapterControllerTests {
    @Test("it speaks over real packets, performs a reset elsewhere, and is told once when the socket fails")
    func conversation() async throws {
        let pair = try PacketPair()
        var kernel = VirtualKernel()
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        var notices: [AdapterNotification] = []
        var losses: [LinkError] = []
        let (resets, continuation) = AsyncStream.makeStream(of: UInt16.self)
        let control = AdapterController(
            AdapterSupervisor(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onNotification: { notices.append($0) }, onClose: { losses.append($0) }, reset: { continuation.yield($0) })
        control.open()
        control.withSupervisor { supervisor, now, _ in supervisor.setDiscovery(true, at: now) }
        let isScanning = await runLoop {
            while let packet = pair.receivePacket() { for answer in kernel.receive(packet) { pair.sendPacket(answer) } }
            return kernel.opcodes().last == .startDiscovery
        }
        #expect(isScanning)
        pair.sendPacket(VirtualKernel.found())
        #expect(await runLoop { notices.contains { if case .found = $0 { true } else { false } } })
        for _ in 0..<3 {
            pair.sendPacket(VirtualKernel.event(3, 0, [5]))
            await runLoopBriefly()
            timers.advance(to: timers.now + .seconds(11))
            await runLoopBriefly()
        }
        var iterator = resets.makeAsyncIterator()
        #expect(await iterator.next() == 0)
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await runLoop { !losses.isEmpty })
        #expect(losses == [.peerDisconnected] && timers.count == 0)
        control.close()
    }

    @Test("where there is no Bluetooth, that is what is said")
    func noBluetooth() {
        do {
            _ = try ManagementSocket()
        } catch {
            #expect(error == .noBluetooth || error == .permissionDenied)
        }
    }

    @Test("remedies follow each other, each with time to help, and begin anew when the trouble is a new one")
    func ladder() {
        var ladder = AdapterRecovery()
        let start = MonotonicTime(nanoseconds: 0)
        var steps: [AdapterRecovery.Step?] = []
        for second in [0, 9, 10, 15, 20, 30, 89, 90] as [Int64] {
            steps.append(ladder.nextStep(at: start + .seconds(second)))
        }
        #expect(steps == [.restartDiscovery, nil, .powerCycle, nil, .reset, .giveUp, nil, .restartDiscovery])
        let late = ladder.nextStep(at: start + .seconds(90) + AdapterRecovery.resetInterval)
        #expect(late == .restartDiscovery)
        let had = ladder.finish()
        let hadNot = ladder.finish()
        #expect(had && !hadNot && !ladder.isActive)
    }
}
