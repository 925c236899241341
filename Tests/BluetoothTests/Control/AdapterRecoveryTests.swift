import Bluetooth
import Clocks
import Testing
import VirtualDevices

/// Recovery from failures of the adapter.
extension AdapterSupervisorTests {
    @Test(
        "reports rfkill and missing permissions once, and retries with back-off",
        arguments: [(ManagementStatus.blocked, AdapterNotification.blocked(0)), (.permissionDenied, .permissionDenied)])
    mutating func powerFailure(status: ManagementStatus, notification: AdapterNotification) {
        kernel.failingOpcodes[.setPowered] = status
        let failing = kernel.failingOpcodes
        supervisor.socketOpened()
        kernel.failingOpcodes = failing
        settle()
        wait(.seconds(600))
        #expect(notifications == [notification] && steps.isEmpty)
        #expect(kernel.commands.count < 20)
        kernel.failingOpcodes = [:]
        wait(.seconds(60))
        #expect(readyCount == 1)
    }

    @Test("recovers a silent controller step by step")
    mutating func silentController() {
        begin()
        kernel.unansweredOpcodes = [.startDiscovery, .stopDiscovery, .setPowered]
        discover()
        wait(.seconds(600))
        #expect(steps.prefix(4) == [.restartDiscovery, .powerCycle, .reset, .giveUp])
        #expect(notifications.contains(.problem(.unanswered(.startDiscovery))))
        // The controller works again, and everything continues.
        kernel.unansweredOpcodes = []
        wait(.seconds(120))
        #expect(supervisor.adapter?.number == 0)
        #expect(kernel.opcodes().last == .startDiscovery)
        receive(VirtualKernel.found())
        #expect(notifications.contains(.recovered))
        let count = steps.count
        wait(.seconds(60))
        #expect(steps.count == count)
    }

    @Test("switches to another adapter when recovery fails")
    mutating func takingOver() {
        begin([0: .init(), 1: .init()])
        discover()
        for _ in 0..<4 {
            receive(VirtualKernel.event(3, 0, [5]))
            wait(.seconds(11))
        }
        #expect(steps == [.restartDiscovery, .powerCycle, .reset, .giveUp])
        #expect(supervisor.adapter?.number == 1 && notifications.contains(.removed(0)))
        #expect(kernel.commands.last?.adapter == 1)
    }

    @Test("retries the only adapter after a pause")
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

    @Test("recovers an adapter whose scan went silent, but not one that never found a device or has links")
    mutating func scanSilence() {
        begin()
        discover()
        // No device was ever found.
        wait(.seconds(3_600))
        #expect(steps.isEmpty)
        receive(VirtualKernel.found())
        // The end of each discovery does not restart the timeout.
        wait(.seconds(40))
        receive(VirtualKernel.discovering(false))
        wait(.milliseconds(49_999))
        #expect(steps.isEmpty)
        wait(.milliseconds(1))
        #expect(steps == [.restartDiscovery] && notifications.contains(.problem(.scanSilent)))
        // The timeout doubles: a few steps per night, not hundreds.
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

    @Test("recovers the adapter when the controller fails a link, not when the device does")
    mutating func links() {
        begin()
        for error in [
            LinkError.noResponse, .peerDisconnected, .supervisionTimeout, .notEstablished, .busy, .adapterRemoved,
        ] {
            supervisor.linkFailed(error, at: now) { notifications.append($0) }
        }
        #expect(steps.isEmpty)
        supervisor.linkFailed(.controllerTimeout, at: now) { notifications.append($0) }
        #expect(steps == [.restartDiscovery])
        // Finding a device does not prove that it can connect.
        discover()
        receive(VirtualKernel.found())
        wait(.seconds(11))
        supervisor.linkFailed(.controllerTimeout, at: now) { notifications.append($0) }
        #expect(steps == [.restartDiscovery, .powerCycle] && !notifications.contains(.recovered))
        settle()
        receive(VirtualKernel.connected())
        #expect(notifications.contains(.recovered))
    }

    @Test("survives random packets of the kernel")
    mutating func garbage() {
        var random = SeededRandom(seed: 9)
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
