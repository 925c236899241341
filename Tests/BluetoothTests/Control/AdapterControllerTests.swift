import Bluetooth
import CLinux
import Clocks
import Reactor
import Testing
import VirtualDevices

@Suite("Adapter controller") @ReactorActor
struct AdapterControllerTests {
    @Test("exchanges packets, resets on another thread, and reports a socket failure once")
    func conversation() async throws {
        let pair = try PacketPair()
        var kernel = VirtualKernel()
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        var notifications: [AdapterNotification] = []
        var errors: [LinkError] = []
        let (resets, continuation) = AsyncStream.makeStream(of: UInt16.self)
        let control = AdapterController(
            AdapterSupervisor(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            onNotification: { notifications.append($0) }, onClose: { errors.append($0) },
            reset: { continuation.yield($0) })
        control.open()
        control.withSupervisor { supervisor, now, _ in supervisor.setDiscovery(true, at: now) }
        let isScanning = await runLoop {
            while let packet = pair.receivePacket() { for answer in kernel.receive(packet) { pair.sendPacket(answer) } }
            return kernel.opcodes().last == .startDiscovery
        }
        #expect(isScanning)
        pair.sendPacket(VirtualKernel.found())
        #expect(await runLoop { notifications.contains { if case .found = $0 { true } else { false } } })
        for _ in 0..<3 {
            pair.sendPacket(VirtualKernel.event(3, 0, [5]))
            await runLoopBriefly()
            timers.advance(to: timers.now + .seconds(11))
            await runLoopBriefly()
        }
        var iterator = resets.makeAsyncIterator()
        #expect(await iterator.next() == 0)
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await runLoop { !errors.isEmpty })
        #expect(errors == [.peerDisconnected] && timers.count == 0)
        control.close()
    }

    @Test("reports a kernel without Bluetooth")
    func noBluetooth() {
        do {
            _ = try ManagementSocket()
        } catch {
            #expect(error == .noBluetooth || error == .permissionDenied)
        }
    }

    @Test("spaces the recovery steps, and starts again after a long time without a problem")
    func recovery() {
        var recovery = AdapterRecovery()
        let start = MonotonicTime(nanoseconds: 0)
        var steps: [AdapterRecovery.Step?] = []
        for second in [0, 9, 10, 15, 20, 30, 89, 90] as [Int64] {
            steps.append(recovery.nextStep(at: start + .seconds(second)))
        }
        #expect(steps == [.restartDiscovery, nil, .powerCycle, nil, .reset, .giveUp, nil, .restartDiscovery])
        let late = recovery.nextStep(at: start + .seconds(90) + AdapterRecovery.resetInterval)
        #expect(late == .restartDiscovery)
        let wasRecovering = recovery.finish()
        let isWorking = recovery.finish()
        #expect(wasRecovering && !isWorking && !recovery.isActive)
    }
}
