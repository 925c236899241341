import Bluetooth
import Clocks
import Devices
import Events
import Glibc
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Bluetooth failures") @ReactorActor
struct BluetoothFaultTests {
    private static let second = Nanoseconds.seconds(1)

    @Test("reports shots missed while the timer was out of range once it is back")
    func repair() async throws {
        let string = RangeString.even(
            beep: .seconds(20), shots: 8, first: .milliseconds(1_500), split: .milliseconds(1_000), hitting: 0,
            after: .zero)
        let testBed = BluetoothTestBed()
        let timer = testBed.add(VirtualAMGCommander(RangeScript([string]), seed: 1))
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(21)) { testBed.rangeSink.shots.count == 2 } == false)
        #expect(await testBed.run(atMost: .seconds(5)) { testBed.rangeSink.shots.count == 2 })
        testBed.radio.move(timer, inRange: false)
        // Not before the loaded supervision timeout of 4 s (the kernel's default is 0.42 s).
        await testBed.run(for: .milliseconds(3_900))
        #expect(testBed.isReady(timer))
        await testBed.run(for: .milliseconds(200))
        #expect(!testBed.isReady(timer) && testBed.rangeSink.changes == ["timer ready", "timer lost"])
        await testBed.run(for: .seconds(6))
        testBed.radio.move(timer, inRange: true)
        #expect(await testBed.run(atMost: .seconds(40)) { testBed.rangeSink.shots.count == 8 })
        await testBed.run(for: .seconds(20))
        #expect(testBed.rangeSink.shots == string.shots)
        #expect(testBed.rangeSink.actions.count { $0 == .started } == 1)
        #expect(testBed.rangeSink.reports.contains { $0.event.source == .repaired })
        #expect(testBed.changes(of: timer).suffix(2) == ["device_lost", "device_connected"])
        #expect(testBed.losses == [.linkLost])
        #expect(
            testBed.metric("leadville_bluetooth_losses_total{device=\"amg-commander\",reason=\"out_of_range\"}") == 1)
        testBed.close()
    }

    @Test("reconnects two devices one after the other")
    func togetherLost() async throws {
        let testBed = BluetoothTestBed()
        let sensors = (0..<2 as Range<UInt64>).map { testBed.add(VirtualBT50(seed: $0)) }
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(5)) { sensors.allSatisfy { testBed.isReady($0) } })
        await testBed.run(for: .seconds(15))
        for sensor in sensors { testBed.radio.move(sensor, inRange: false) }
        await testBed.run(for: .seconds(60))
        #expect(testBed.radio.peakConnecting == 1 && testBed.radio.connectsDuringScan == 0)
        for sensor in sensors { testBed.radio.move(sensor, inRange: true) }
        #expect(await testBed.run(atMost: .seconds(30)) { sensors.allSatisfy { testBed.isReady($0) } })
        #expect(testBed.radio.peakConnecting == 1 && testBed.radio.connectsDuringScan == 0)
        testBed.close()
    }

    @Test("reconnects at once after the device disconnects")
    func hangUp() async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        sensor.disconnect()
        #expect(await testBed.run(atMost: .seconds(1)) { testBed.isReady(sensor) })
        #expect(
            testBed.changes(of: sensor) == ["device_discovered", "device_connected", "device_lost", "device_connected"])
        #expect(testBed.losses == [.disconnected])
        #expect(testBed.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"hung_up\"}") == 1)
        testBed.close()
    }

    @Test(
        "retries a failed connection with back-off, and reports the device as unreachable",
        arguments: [
            (VirtualRadioDevice.ConnectOutcome.fails(EBUSY), "busy"), (.refused(EBUSY), "busy"),
            (.fails(EMLINK), "too_many_links"), (.breaks, "not_established"),
        ])
    func failing(answer: VirtualRadioDevice.ConnectOutcome, reason: String) async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1))
        sensor.connectOutcome = answer
        testBed.manager.start()
        await testBed.run(for: .seconds(120))
        let attempts = try #require(testBed.metric("leadville_bluetooth_attempts_total{device=\"bt50\"}"))
        // At once, after 1, 2, 4, 8, 16, 32, 60 s.
        #expect(attempts >= 7 && attempts <= 9)
        #expect(
            testBed.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"\(reason)\"}") == attempts)
        #expect(testBed.registry[testBed.id(sensor)]?.warnings == [.unreachable])
        #expect(testBed.changes(of: sensor) == ["device_discovered"])
        sensor.connectOutcome = .connects
        #expect(await testBed.run(atMost: .seconds(80)) { testBed.isReady(sensor) })
        #expect(testBed.registry[testBed.id(sensor)]?.warnings == [])
        testBed.close()
    }

    @Test("does not delay others for a device that is off, and connects when it advertises again")
    func switchedOff() async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        testBed.radio.move(sensor, inRange: false)
        await testBed.run(for: .seconds(300))
        #expect(!testBed.isReady(sensor))
        // Each attempt takes 5 s, with back-off in between.
        let attempts = try #require(testBed.metric("leadville_bluetooth_attempts_total{device=\"bt50\"}"))
        #expect(attempts >= 6 && attempts <= 14)
        let timer = testBed.add(VirtualAMGCommander(RangeScript(), seed: 2))
        #expect(await testBed.run(atMost: .seconds(15)) { testBed.isReady(timer) })
        testBed.radio.move(sensor, inRange: true)
        // The next scan finds it.
        #expect(await testBed.run(atMost: .seconds(18)) { testBed.isReady(sensor) })
        testBed.close()
    }

    @Test("scans less the more devices are connected")
    func considerate() async throws {
        let testBed = BluetoothTestBed()
        let slow = VirtualBT50.Traits(rate: .hertz1)
        let first = testBed.add(VirtualBT50(seed: 1, traits: slow))
        let second = testBed.add(VirtualBT50(seed: 2, traits: slow))
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(5)) { testBed.isReady(first) && testBed.isReady(second) })
        await testBed.run(for: .seconds(40))
        // 10 s of scanning, then a pause of 20 s.
        #expect(try await scans(in: testBed, for: .seconds(91)) == 3)
        testBed.radio.move(second, inRange: false)
        await testBed.run(for: .seconds(300))
        // Every 15 s, and after each attempt at the missing device.
        let count = try await scans(in: testBed, for: .seconds(90))
        #expect(5...9 ~= count)
        testBed.radio.move(first, inRange: false)
        await testBed.run(for: .seconds(60))
        #expect(try await scans(in: testBed, for: .seconds(60)) >= 5)
        testBed.close()
    }

    private func scans(in testBed: BluetoothTestBed, for span: Nanoseconds) async throws -> Int {
        let before = testBed.radio.kernel.commands.count
        await testBed.run(for: span)
        return testBed.radio.kernel.opcodes(since: before).count { $0 == .startDiscovery }
    }

    @Test("recovers a silent controller step by step and reconnects the devices")
    func hungController() async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(20))
        testBed.radio.isHung = true
        sensor.disconnect()
        await testBed.run(for: .seconds(4))
        #expect(testBed.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"controller_silent\"}") == 1)
        #expect(testBed.metric("leadville_bluetooth_troubles_total{trouble=\"link\"}") == 1)
        #expect(testBed.metric("leadville_bluetooth_remedies_total{step=\"restart_discovery\"}") == 1)
        await testBed.run(for: .seconds(20))
        #expect(testBed.metric("leadville_bluetooth_remedies_total{step=\"power_cycle\"}") == 1)
        testBed.radio.isHung = false
        #expect(await testBed.run(atMost: .seconds(60)) { testBed.isReady(sensor) })
        // Each step is changes to clients as well, in order.
        let changes = testBed.adapterEvents.map { event in
            if case .recovering(let step) = event.change {
                "\(event.change.name) \(step)"
            } else {
                "\(event.change.name)"
            }
        }
        #expect(changes.prefix(3) == ["adapter_ready", "adapter_trouble", "adapter_remedy restart_discovery"])
        #expect(changes.contains("adapter_remedy power_cycle") && changes.contains("adapter_recovered"))
        #expect(testBed.adapterEvents.allSatisfy { $0.adapter == "hci0" })
        testBed.close()
    }

    @Test("connects all devices after the adapter was unplugged between two attempts")
    func pulledOutInBetween() async throws {
        let testBed = BluetoothTestBed()
        let sensors = (0..<2 as Range<UInt64>).map { testBed.add(VirtualBT50(seed: $0)) }
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(5)) { sensors.allSatisfy { testBed.isReady($0) } })
        let before = testBed.radio.kernel.commands.count
        #expect(
            await testBed.run(atMost: .seconds(60)) {
                testBed.radio.kernel.opcodes(since: before).last == .startDiscovery
            })
        // The first attempt waits for the scan to stop.
        testBed.radio.kernel.unansweredOpcodes = [.stopDiscovery]
        sensors[0].disconnect()
        await testBed.run(for: .milliseconds(500))
        testBed.radio.unplug(0)
        testBed.radio.kernel.unansweredOpcodes = []
        testBed.radio.plugIn(0)
        #expect(await testBed.run(atMost: .seconds(10)) { sensors.allSatisfy { testBed.isReady($0) } })
        testBed.close()
    }

    @Test("keeps the links and reopens the management socket when it fails")
    func management() async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(5))
        testBed.radio.managementError = .permissionDenied
        testBed.radio.closeManagementSocket()
        await testBed.run(for: .seconds(10))
        #expect(testBed.isReady(sensor) && testBed.metric("leadville_bluetooth_adapter_ready") == 0)
        #expect(testBed.metric("leadville_bluetooth_management_losses_total{reason=\"not_allowed\"}") == 3)
        testBed.radio.managementError = nil
        await testBed.run(for: .seconds(10))
        #expect(testBed.isReady(sensor) && testBed.metric("leadville_bluetooth_adapter_ready") == 1)
        let later = testBed.add(VirtualBT50(seed: 2))
        #expect(await testBed.run(atMost: .seconds(40)) { testBed.isReady(later) })
        testBed.close()
    }

    @Test("counts the truncated frames of a sensor that rejects long packets")
    func shortPackets() async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1), traits: .init(mtu: nil))
        testBed.manager.start()
        await testBed.run(for: .seconds(10))
        #expect(testBed.isReady(sensor))
        #expect(testBed.rangeSink.samples[testBed.id(sensor)] ?? 0 == 0)
        #expect((testBed.metric("leadville_sensor_cut_off_total") ?? 0) >= 100)
        testBed.close()
    }

    @Test("polls a timer that does not push, and shows a warning")
    func pushOff() async throws {
        let string = BluetoothManagerTests.string
        let testBed = BluetoothTestBed()
        let timer = testBed.add(VirtualAMGCommander(RangeScript([string]), seed: 1, traits: .init(pushes: false)))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        #expect(testBed.rangeSink.shots == string.shots)
        #expect(testBed.rangeSink.reports.allSatisfy { $0.event.source == .polled })
        #expect(testBed.registry[testBed.id(timer)]?.warnings == [.pushesOff])
        #expect(testBed.metric("leadville_timer_pushes_total{pushes=\"off\"}") == 1)
        testBed.close()
    }
}
