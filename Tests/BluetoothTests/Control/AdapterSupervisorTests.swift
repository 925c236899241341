import Bluetooth
import Clocks
import Testing
import VirtualDevices

@Suite("Keeping an adapter going") struct AdapterSupervisorTests {
    private var kernel = VirtualKernel()
    private var supervisor = AdapterSupervisor()
    private var now = MonotonicTime(nanoseconds: 0)
    private var notices: [AdapterNotification] = []

    private mutating func settle() {
        supervisor.advance(to: now) { notices.append($0) }
        while let packet = supervisor.nextPacket(at: now) {
            for answer in kernel.receive(packet) { supervisor.receive(answer[...], at: now) { notices.append($0) } }
            supervisor.advance(to: now) { notices.append($0) }
        }
    }

    private mutating func begin(
        _ adapters: [UInt16: VirtualKernel.Adapter] = [0: .init()], _ choice: AdapterChoice = .any
    ) {
        kernel = VirtualKernel(adapters)
        supervisor = AdapterSupervisor(choice: choice)
        supervisor.socketOpened()
        settle()
    }

    private mutating func receive(_ event: [UInt8]) {
        supervisor.receive(event[...], at: now) { notices.append($0) }
        settle()
    }

    private mutating func discover(_ isWanted: Bool = true) {
        supervisor.setDiscovery(isWanted, at: now)
        settle()
    }

    private mutating func wait(_ span: Nanoseconds) {
        let end = now + span
        while let deadline = supervisor.deadline, deadline <= end {
            now = max(now, deadline)
            settle()
        }
        now = end
        settle()
    }

    private var steps: [AdapterRecovery.Step] {
        notices.compactMap { if case .recoveryStep(let step, _) = $0 { step } else { nil } }
    }

    private var readies: Int { notices.count { if case .ready = $0 { true } else { false } } }

    @Test("the adapter is found, switched on and told to scan when somebody wants that")
    mutating func start() {
        begin()
        #expect(kernel.opcodes() == [.readIndexList, .readInfo, .setPowered])
        #expect(supervisor.adapter?.number == 0 && readies == 1)
        discover()
        #expect(kernel.opcodes().last == .startDiscovery)
        wait(.seconds(60))
        #expect(kernel.opcodes().count == 4)
    }

    @Test("an adapter that is on already is left as it is; one whose Low Energy is off gets it")
    mutating func asItIs() {
        begin([0: .init(isPowered: true)])
        #expect(kernel.opcodes() == [.readIndexList, .readInfo] && readies == 1)
        begin([0: .init(isPowered: true, isLowEnergy: false)])
        #expect(kernel.opcodes().last == .setLowEnergy && readies == 2)
        begin([0: .init(isLowEnergy: false)])
        #expect(kernel.opcodes().suffix(2) == [.setPowered, .setLowEnergy] && readies == 3)
    }

    @Test("with no adapter that is said once, and one that comes is picked up")
    mutating func plugging() {
        begin([:])
        wait(.seconds(600))
        #expect(notices == [.noAdapter] && supervisor.deadline == nil)
        supervisor.loadParameters([.lowLatency(VirtualKernel.sensor)])
        discover()
        kernel.adapters[3] = .init()
        receive(VirtualKernel.event(4, 3))
        #expect(supervisor.adapter?.number == 3)
        #expect(kernel.opcodes().suffix(2) == [.loadConnectionParameters, .startDiscovery])
        kernel.adapters[3] = nil
        receive(VirtualKernel.event(5, 3))
        #expect(supervisor.adapter == nil && notices.suffix(2) == [.removed(3), .noAdapter])
        kernel.adapters[4] = .init()
        receive(VirtualKernel.event(4, 4))
        #expect(supervisor.adapter?.number == 4)
        #expect(kernel.opcodes().suffix(2) == [.loadConnectionParameters, .startDiscovery])
    }

    @Test("on another socket everything is asked anew, and nothing is forgotten that is wanted")
    mutating func reopening() {
        begin()
        discover()
        let count = kernel.commands.count
        supervisor.socketOpened()
        settle()
        #expect(kernel.opcodes(since: count) == [.readIndexList, .readInfo, .startDiscovery] && readies == 2)
    }

    @Test("an adapter that vanishes before it is asked is no adapter")
    mutating func vanishing() {
        kernel = VirtualKernel([:])
        kernel.missingAdapters = [7]
        supervisor.socketOpened()
        settle()
        #expect(notices == [.noAdapter] && kernel.opcodes() == [.readIndexList, .readInfo])
        kernel = VirtualKernel([2: .init()])
        kernel.missingAdapters = [7]
        supervisor.socketOpened()
        settle()
        #expect(supervisor.adapter?.number == 2)
    }

    @Test("the one that was named is used, and the others are never touched")
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
        notices.removeAll()
        begin(both, .address(0x99))
        #expect(supervisor.adapter == nil && notices == [.noAdapter])
    }

    @Test("the kernel ends a discovery by itself; the next begins a second later, as long as it is wanted")
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

    @Test("whoever wants to connect is told when nobody scans any more, and the links' parameters are loaded")
    mutating func quiet() {
        begin()
        discover()
        // Nothing is performed in between, as the kernel may take its time.
        supervisor.loadParameters([.lowLatency(VirtualKernel.sensor)])
        supervisor.setDiscovery(false, at: now)
        supervisor.advance(to: now) { notices.append($0) }
        #expect(!notices.contains(.scanStopped))
        let count = kernel.commands.count
        settle()
        #expect(Set(kernel.opcodes(since: count)) == [.loadConnectionParameters, .stopDiscovery])
        #expect(notices.count { $0 == .scanStopped } == 1)
        // What is loaded already is not loaded again, and what was not scanning need not be stopped.
        supervisor.loadParameters([.lowLatency(VirtualKernel.sensor)])
        discover()
        discover(false)
        #expect(kernel.opcodes(since: count + 2) == [.startDiscovery, .stopDiscovery])
        #expect(notices.count { $0 == .scanStopped } == 2)
    }

    @Test(
        "a scan that is about to begin when nobody wants it any more is ended at once, and one that cannot be is over")
    mutating func unwantedScan() {
        begin()
        supervisor.setDiscovery(true, at: now)
        let start = supervisor.nextPacket(at: now)
        supervisor.setDiscovery(false, at: now)
        for answer in kernel.receive(start ?? []) { supervisor.receive(answer[...], at: now) { notices.append($0) } }
        settle()
        #expect(kernel.opcodes().suffix(2) == [.startDiscovery, .stopDiscovery] && notices.last == .scanStopped)
        discover()
        kernel.failingOpcodes[.stopDiscovery] = .rejected
        discover(false)
        #expect(notices.count { $0 == .scanStopped } == 2)
    }

    @Test("between two scans the links may have the air for longer")
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

    @Test("links that the kernel has kept are told like those that come up")
    mutating func keptLinks() {
        begin()
        kernel.adapters[0]?.links = [VirtualKernel.sensor: -60]
        supervisor.requestConnections()
        settle()
        #expect(notices.last == .linkUp(VirtualKernel.sensor))
        let count = notices.count
        supervisor.requestConnections()
        settle()
        #expect(notices.count == count)
    }

    @Test("when somebody else scans that is no trouble, and it is tried again")
    mutating func busy() {
        begin()
        kernel.failingOpcodes[.startDiscovery] = .busy
        discover()
        wait(.seconds(1))
        kernel.failingOpcodes = [:]
        wait(.seconds(1))
        #expect(kernel.opcodes().suffix(2) == [.startDiscovery, .startDiscovery] && steps.isEmpty)
    }

    @Test("whoever switches the adapter off is given way to, a little longer each time")
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
        #expect(notices.count { $0 == .poweredOff(0) } == 3)
    }

    @Test("an adapter that is pulled out is first said to be off; that it is gone is all there is to tell")
    mutating func offAndGone() {
        begin()
        kernel.adapters[0]?.isPowered = false
        receive(VirtualKernel.event(6, 0, kernel.settings(0)))
        kernel.adapters[0] = nil
        receive(VirtualKernel.event(5, 0))
        wait(.seconds(60))
        #expect(!notices.contains(.poweredOff(0)) && notices.contains(.removed(0)))
    }

    @Test(
        "a switch that keeps the radio off, and a right that is lacking, are named once and asked about ever more rarely",
        arguments: [(ManagementStatus.blocked, AdapterNotification.blocked(0)), (.permissionDenied, .permissionDenied)])
    mutating func refused(status: ManagementStatus, notice: AdapterNotification) {
        kernel.failingOpcodes[.setPowered] = status
        let refused = kernel.failingOpcodes
        supervisor.socketOpened()
        kernel.failingOpcodes = refused
        settle()
        wait(.seconds(600))
        #expect(notices == [notice] && steps.isEmpty)
        #expect(kernel.commands.count < 20)
        kernel.failingOpcodes = [:]
        wait(.seconds(60))
        #expect(readies == 1)
    }

    @Test("a controller that does not answer is helped step by step, each with time to work")
    mutating func silentController() {
        begin()
        kernel.unansweredOpcodes = [.startDiscovery, .stopDiscovery, .setPowered]
        discover()
        wait(.seconds(600))
        #expect(steps.prefix(4) == [.restartDiscovery, .powerCycle, .reset, .giveUp])
        #expect(notices.contains(.problem(.unanswered(.startDiscovery))))
        // It comes back to life, and everything goes on by itself.
        kernel.unansweredOpcodes = []
        wait(.seconds(120))
        #expect(supervisor.adapter?.number == 0)
        #expect(kernel.opcodes().last == .startDiscovery)
        receive(VirtualKernel.found())
        #expect(notices.contains(.recovered))
        let count = steps.count
        wait(.seconds(60))
        #expect(steps.count == count)
    }

    @Test("when nothing helps and any adapter will do, another one takes over")
    mutating func takingOver() {
        begin([0: .init(), 1: .init()])
        discover()
        for _ in 0..<4 {
            receive(VirtualKernel.event(3, 0, [5]))
            wait(.seconds(11))
        }
        #expect(steps == [.restartDiscovery, .powerCycle, .reset, .giveUp])
        #expect(supervisor.adapter?.number == 1 && notices.contains(.removed(0)))
        #expect(kernel.commands.last?.adapter == 1)
    }

    @Test("with one adapter there is nobody to take over; it rests, and is tried again")
    mutating func resting() {
        begin([0: .init(), 1: .init(address: 0x11)], .number(0))
        discover()
        for _ in 0..<4 {
            receive(VirtualKernel.event(3, 0, [5]))
            wait(.seconds(11))
        }
        receive(VirtualKernel.event(3, 0, [5]))
        #expect(steps.count == 4)
        wait(.seconds(60))
        receive(VirtualKernel.event(3, 0, [5]))
        #expect(steps.count == 5 && kernel.adapters[1]?.isPowered == false)
    }

    @Test("an adapter that has gone deaf is helped; a hall at night, and an adapter with links, are left in peace")
    mutating func deafness() {
        begin()
        discover()
        // Nothing was ever heard: nobody is there.
        wait(.seconds(3_600))
        #expect(steps.isEmpty)
        receive(VirtualKernel.found())
        // That the kernel ends each discovery after a while changes nothing.
        wait(.seconds(40))
        receive(VirtualKernel.discovering(false))
        wait(.milliseconds(49_999))
        #expect(steps.isEmpty)
        wait(.milliseconds(1))
        #expect(steps == [.restartDiscovery] && notices.contains(.problem(.scanSilent)))
        // Twice as long the next time, and so on: some steps in a night, not hundreds.
        wait(.milliseconds(179_999))
        #expect(steps.count == 1)
        wait(.milliseconds(1))
        #expect(steps.count == 2)
        wait(.seconds(8 * 3_600))
        #expect(steps.count <= 20)
        receive(VirtualKernel.found())
        receive(VirtualKernel.connected())
        let count = steps.count
        wait(.seconds(3_600))
        #expect(steps.count == count)
        receive(VirtualKernel.disconnected())
        wait(.seconds(90))
        #expect(steps.count == count + 1)
    }

    @Test("a link that fails because of the controller counts against the adapter, one that fails by itself does not")
    mutating func links() {
        begin()
        for loss in [
            LinkError.noResponse, .peerDisconnected, .supervisionTimeout, .notEstablished, .busy, .adapterRemoved,
        ] {
            supervisor.linkFailed(loss, at: now) { notices.append($0) }
        }
        #expect(steps.isEmpty)
        supervisor.linkFailed(.controllerTimeout, at: now) { notices.append($0) }
        #expect(steps == [.restartDiscovery])
        // That it hears something does not prove that it connects.
        discover()
        receive(VirtualKernel.found())
        wait(.seconds(11))
        supervisor.linkFailed(.controllerTimeout, at: now) { notices.append($0) }
        #expect(steps == [.restartDiscovery, .powerCycle] && !notices.contains(.recovered))
        settle()
        receive(VirtualKernel.connected())
        #expect(notices.contains(.recovered))
    }

    @Test("whatever the kernel says, what is due is done, and nothing is said without end")
    mutating func garbage() {
        var random = SplitMix(seed: 9)
        begin([0: .init(), 1: .init()])
        discover()
        for _ in 0..<20_000 {
            let body = (0..<Int.random(in: 0...16, using: &random)).map { _ in UInt8.random(in: 0...8, using: &random) }
            let code = UInt16.random(in: 1...0x1D, using: &random)
            receive(VirtualKernel.event(code, .random(in: 0...2, using: &random), body))
            now = now + .milliseconds(.random(in: 0...3_000, using: &random))
            settle()
            if let deadline = supervisor.deadline { #expect(deadline > now) }
        }
        #expect(kernel.commands.count < 60_000)
    }
}
