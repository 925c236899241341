import Bluetooth
import CLinux
import Clocks
import Reactor
import Testing
import VirtualDevices

@Suite("The supervisor on a socket") @ReactorActor
struct AdapterControlTests {
    @Test("it speaks over real packets, performs a reset elsewhere, and is told once when the socket fails")
    func conversation() async throws {
        let pair = try PacketPair()
        var kernel = VirtualKernel()
        let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
        var notices: [AdapterNotice] = []
        var losses: [LinkLoss] = []
        let (resets, continuation) = AsyncStream.makeStream(of: UInt16.self)
        let control = AdapterControl(
            AdapterSupervisor(), over: ConnectedPacketSocket(OwnedDescriptor(adopting: pair.near)), timers: timers,
            said: { notices.append($0) }, lost: { losses.append($0) }, reset: { continuation.yield($0) })
        control.open()
        control.tell { supervisor, now, _ in supervisor.discover(true, at: now) }
        let isScanning = await turns {
            while let packet = pair.hear() { for answer in kernel.take(packet) { pair.say(answer) } }
            return kernel.opcodes().last == .startDiscovery
        }
        #expect(isScanning)
        pair.say(VirtualKernel.found())
        #expect(await turns { notices.contains { if case .found = $0 { true } else { false } } })
        for _ in 0..<3 {
            pair.say(VirtualKernel.event(3, 0, [5]))
            await someTurns()
            timers.advance(to: timers.now + .seconds(11))
            await someTurns()
        }
        var iterator = resets.makeAsyncIterator()
        #expect(await iterator.next() == 0)
        shutdown(pair.far.number, Int32(SHUT_RDWR))
        #expect(await turns { !losses.isEmpty })
        #expect(losses == [.hungUp] && timers.count == 0)
        control.close()
    }

    @Test("where there is no Bluetooth, that is what is said")
    func noBluetooth() {
        do {
            _ = try ManagementSocket()
        } catch {
            #expect(error == .noBluetooth || error == .notAllowed)
        }
    }

    @Test("remedies follow each other, each with time to help, and begin anew when the trouble is a new one")
    func ladder() {
        var ladder = AdapterLadder()
        let start = MonotonicTime(nanoseconds: 0)
        var steps: [AdapterLadder.Step?] = []
        for second in [0, 9, 10, 15, 20, 30, 89, 90] as [Int64] {
            steps.append(ladder.trouble(at: start + .seconds(second)))
        }
        #expect(steps == [.restartDiscovery, nil, .powerCycle, nil, .reset, .giveUp, nil, .restartDiscovery])
        let late = ladder.trouble(at: start + .seconds(90) + AdapterLadder.memory)
        #expect(late == .restartDiscovery)
        let had = ladder.works()
        let hadNot = ladder.works()
        #expect(had && !hadNot && !ladder.isClimbing)
    }
}
