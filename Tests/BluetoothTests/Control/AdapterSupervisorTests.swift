import Bluetooth
import Clocks
import Testing
import VirtualDevices

@Suite("Adapter supervisor") struct AdapterSupervisorTests {
    var kernel = VirtualKernel()
    var supervisor = AdapterSupervisor()
    var now = MonotonicTime(nanoseconds: 0)
    var notifications: [AdapterNotification] = []

    mutating func settle() {
        supervisor.advance(to: now) { notifications.append($0) }
        while let packet = supervisor.nextPacket(at: now) {
            for answer in kernel.receive(packet) {
                supervisor.receive(answer[...], at: now) { notifications.append($0) }
            }
            supervisor.advance(to: now) { notifications.append($0) }
        }
    }

    mutating func begin(
        _ adapters: [UInt16: VirtualKernel.Adapter] = [0: .init()], _ choice: AdapterChoice = .any
    ) {
        kernel = VirtualKernel(adapters)
        supervisor = AdapterSupervisor(choice: choice)
        supervisor.socketOpened()
        settle()
    }

    mutating func receive(_ event: [UInt8]) {
        supervisor.receive(event[...], at: now) { notifications.append($0) }
        settle()
    }

    mutating func discover(_ isEnabled: Bool = true) {
        supervisor.setDiscovery(isEnabled, at: now)
        settle()
    }

    mutating func wait(_ span: Nanoseconds) {
        let end = now + span
        while let deadline = supervisor.deadline, deadline <= end {
            now = max(now, deadline)
            settle()
        }
        now = end
        settle()
    }

    var steps: [AdapterRecovery.Step] {
        notifications.compactMap { if case .recoveryStep(let step, _) = $0 { step } else { nil } }
    }

    var readyCount: Int { notifications.count { if case .ready = $0 { true } else { false } } }

    @Test("finds the adapter, powers it and scans on request")
    mutating func start() {
        begin()
        #expect(kernel.opcodes() == [.readIndexList, .readInfo, .setPowered])
        #expect(supervisor.adapter?.number == 0 && readyCount == 1)
        discover()
        #expect(kernel.opcodes().last == .startDiscovery)
        wait(.seconds(60))
        #expect(kernel.opcodes().count == 4)
    }

    @Test("scans at once on request, and again from the beginning if asked to")
    mutating func scanNow() {
        begin()
        supervisor.scanNow(restarting: true, at: now)
        settle()
        #expect(kernel.opcodes().last == .setPowered, "nobody wants a scan, such as while a device is connected")
        discover()
        let count = kernel.commands.count
        supervisor.scanNow(restarting: false, at: now)
        settle()
        #expect(kernel.commands.count == count, "a scan is running")
        supervisor.scanPause = .seconds(20)
        supervisor.scanNow(restarting: true, at: now)
        settle()
        #expect(kernel.opcodes(since: count) == [.stopDiscovery])
        supervisor.scanNow(restarting: false, at: now)
        settle()
        #expect(kernel.opcodes(since: count) == [.stopDiscovery, .startDiscovery], "without the pause")
    }

    @Test("does not power an adapter that is on, but enables Low Energy")
    mutating func asItIs() {
        begin([0: .init(isPowered: true)])
        #expect(kernel.opcodes() == [.readIndexList, .readInfo] && readyCount == 1)
        begin([0: .init(isPowered: true, isLowEnergy: false)])
        #expect(kernel.opcodes().last == .setLowEnergy && readyCount == 2)
        begin([0: .init(isLowEnergy: false)])
        #expect(kernel.opcodes().suffix(2) == [.setPowered, .setLowEnergy] && readyCount == 3)
    }

    @Test("reports a missing adapter once, and uses one that is plugged in")
    mutating func plugging() {
        begin([:])
        wait(.seconds(600))
        #expect(notifications == [.noAdapter] && supervisor.deadline == nil)
        supervisor.loadParameters([.lowLatency(VirtualKernel.sensor)])
        discover()
        kernel.adapters[3] = .init()
        receive(VirtualKernel.event(4, 3))
        #expect(supervisor.adapter?.number == 3)
        #expect(kernel.opcodes().suffix(2) == [.loadConnectionParameters, .startDiscovery])
        kernel.adapters[3] = nil
        receive(VirtualKernel.event(5, 3))
        #expect(supervisor.adapter == nil && notifications.suffix(2) == [.removed(3), .noAdapter])
        kernel.adapters[4] = .init()
        receive(VirtualKernel.event(4, 4))
        #expect(supervisor.adapter?.number == 4)
        #expect(kernel.opcodes().suffix(2) == [.loadConnectionParameters, .startDiscovery])
    }

    @Test("reads all adapters again on a new socket, and keeps its requests")
    mutating func reopening() {
        begin()
        discover()
        let count = kernel.commands.count
        supervisor.socketOpened()
        settle()
        #expect(kernel.opcodes(since: count) == [.readIndexList, .readInfo, .startDiscovery] && readyCount == 2)
    }

    @Test("handles an adapter that is removed before its information is read")
    mutating func vanishing() {
        kernel = VirtualKernel([:])
        kernel.missingAdapters = [7]
        supervisor.socketOpened()
        settle()
        #expect(notifications == [.noAdapter] && kernel.opcodes() == [.readIndexList, .readInfo])
        kernel = VirtualKernel([2: .init()])
        kernel.missingAdapters = [7]
        supervisor.socketOpened()
        settle()
        #expect(supervisor.adapter?.number == 2)
    }

    @Test("uses only the configured adapter")
    mutating func choices() {
        let both: [UInt16: VirtualKernel.Adapter] = [0: .init(address: 0x10), 1: .init(address: 0x11)]
        for choice in [AdapterChoice.number(1), .address(0x11)] {
            begin(both, choice)
            #expect(supervisor.adapter?.number == 1)
            #expect(kernel.adapters[0]?.isPowered == false)
        }
        begin(both)
        #expect(supervisor.adapter?.number == 0 && kernel.adapters[1]?.isPowered == false)
        begin([0: .init(supportsLowEnergy: false), 1: .init()])
        #expect(supervisor.adapter?.number == 1)
        notifications.removeAll()
        begin(both, .address(0x99))
        #expect(supervisor.adapter == nil && notifications == [.noAdapter])
    }

    @Test("restarts discovery one second after it ends")
    mutating func discovery() {
        begin()
        discover()
        let count = kernel.commands.count
        receive(VirtualKernel.discovering(false))
        wait(.milliseconds(999))
        #expect(kernel.commands.count == count)
        wait(.milliseconds(1))
        #expect(kernel.opcodes(since: count) == [.startDiscovery])
        discover(false)
        #expect(kernel.opcodes(since: count) == [.startDiscovery, .stopDiscovery])
        wait(.seconds(60))
        #expect(kernel.commands.count == count + 2)
        discover()
        #expect(kernel.opcodes(since: count).last == .startDiscovery)
    }

    @Test("reports when the scan has stopped and the connection parameters are loaded")
    mutating func quiet() {
        begin()
        discover()
        // No packet is exchanged in between: the kernel may be slow.
        supervisor.loadParameters([.lowLatency(VirtualKernel.sensor)])
        supervisor.setDiscovery(false, at: now)
        supervisor.advance(to: now) { notifications.append($0) }
        #expect(!notifications.contains(.scanStopped))
        let count = kernel.commands.count
        settle()
        #expect(Set(kernel.opcodes(since: count)) == [.loadConnectionParameters, .stopDiscovery])
        #expect(notifications.count { $0 == .scanStopped } == 1)
        // Equal parameters are not loaded again, and a stopped scan is not stopped again.
        supervisor.loadParameters([.lowLatency(VirtualKernel.sensor)])
        discover()
        discover(false)
        #expect(kernel.opcodes(since: count + 2) == [.startDiscovery, .stopDiscovery])
        #expect(notifications.count { $0 == .scanStopped } == 2)
    }

    @Test(
        "stops a scan that starts too late, and treats a failed stop as stopped")
    mutating func lateScan() {
        begin()
        supervisor.setDiscovery(true, at: now)
        let start = supervisor.nextPacket(at: now)
        supervisor.setDiscovery(false, at: now)
        for answer in kernel.receive(start ?? []) {
            supervisor.receive(answer[...], at: now) { notifications.append($0) }
        }
        settle()
        #expect(kernel.opcodes().suffix(2) == [.startDiscovery, .stopDiscovery] && notifications.last == .scanStopped)
        discover()
        kernel.failingOpcodes[.stopDiscovery] = .rejected
        discover(false)
        #expect(notifications.count { $0 == .scanStopped } == 2)
    }

    @Test("allows a longer pause between two scans")
    mutating func pause() {
        begin()
        discover()
        supervisor.scanPause = .seconds(20)
        let count = kernel.commands.count
        receive(VirtualKernel.discovering(false))
        wait(.milliseconds(19_999))
        #expect(kernel.commands.count == count)
        wait(.milliseconds(1))
        #expect(kernel.opcodes(since: count) == [.startDiscovery])
    }

    @Test("reports links that the kernel still holds")
    mutating func keptLinks() {
        begin()
        kernel.adapters[0]?.links = [VirtualKernel.sensor: -60]
        supervisor.requestConnections()
        settle()
        #expect(notifications.last == .linkUp(VirtualKernel.sensor))
        let count = notifications.count
        supervisor.requestConnections()
        settle()
        #expect(notifications.count == count)
    }

    @Test("retries when another client is scanning, without reporting a problem")
    mutating func busy() {
        begin()
        kernel.failingOpcodes[.startDiscovery] = .busy
        discover()
        wait(.seconds(1))
        kernel.failingOpcodes = [:]
        wait(.seconds(1))
        #expect(kernel.opcodes().suffix(2) == [.startDiscovery, .startDiscovery] && steps.isEmpty)
    }

    @Test("powers the adapter on again with back-off")
    mutating func switchedOff() {
        begin()
        for delay in [2, 2, 2] as [Int64] {
            let before = kernel.commands.count
            kernel.adapters[0]?.isPowered = false
            receive(VirtualKernel.event(6, 0, kernel.settings(0)))
            #expect(supervisor.adapter == nil)
            wait(.seconds(delay) - .milliseconds(1))
            #expect(kernel.commands.count == before)
            wait(.milliseconds(1))
            #expect(kernel.opcodes(since: before) == [.setPowered] && supervisor.adapter?.number == 0)
        }
        #expect(notifications.count { $0 == .poweredOff(0) } == 3)
    }

    @Test("reports an unplugged adapter only as removed, not as off")
    mutating func offAndGone() {
        begin()
        kernel.adapters[0]?.isPowered = false
        receive(VirtualKernel.event(6, 0, kernel.settings(0)))
        kernel.adapters[0] = nil
        receive(VirtualKernel.event(5, 0))
        wait(.seconds(60))
        #expect(!notifications.contains(.poweredOff(0)) && notifications.contains(.removed(0)))
    }
}
