import Bluetooth
import Clocks
import Devices
import Events
import Glibc
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("What goes wrong on the radio") @ReactorActor
struct BluetoothFaultTests {
    private static let second = Nanoseconds.seconds(1)

    @Test("shots that were missed while the timer was out of reach are told once, when it is back")
    func repair() async throws {
        let string = RangeString.even(
            beep: .seconds(20), shots: 8, first: .milliseconds(1_500), split: .milliseconds(1_000), hitting: 0,
            after: .zero)
        let house = BluetoothTestBed()
        let timer = house.add(VirtualAMGCommander(RangeScript([string]), seed: 1))
        house.manager.start()
        #expect(await house.run(atMost: .seconds(21)) { house.rangeSink.shots.count == 2 } == false)
        #expect(await house.run(atMost: .seconds(5)) { house.rangeSink.shots.count == 2 })
        house.radio.move(timer, inRange: false)
        // Not sooner than the supervision timeout that was loaded, which is 4 s instead of the kernel's 0.42 s.
        await house.run(for: .milliseconds(3_900))
        #expect(house.isReady(timer))
        await house.run(for: .milliseconds(200))
        #expect(!house.isReady(timer) && house.rangeSink.changes == ["timer ready", "timer lost"])
        await house.run(for: .seconds(6))
        house.radio.move(timer, inRange: true)
        #expect(await house.run(atMost: .seconds(40)) { house.rangeSink.shots.count == 8 })
        await house.run(for: .seconds(20))
        #expect(house.rangeSink.shots == string.shots)
        #expect(house.rangeSink.actions.count { $0 == .started } == 1)
        #expect(house.rangeSink.statements.contains { $0.statement.source == .repaired })
        #expect(house.changes(of: timer).suffix(2) == ["device_lost", "device_connected"])
        #expect(house.losses == [.linkLost])
        #expect(house.metric("leadville_bluetooth_losses_total{device=\"amg-commander\",reason=\"out_of_range\"}") == 1)
        house.close()
    }

    @Test("two devices that are lost at once are connected to one after the other, and at different moments")
    func togetherLost() async throws {
        let house = BluetoothTestBed()
        let sensors = (0..<2 as Range<UInt64>).map { house.add(VirtualBT50(seed: $0)) }
        house.manager.start()
        #expect(await house.run(atMost: .seconds(5)) { sensors.allSatisfy { house.isReady($0) } })
        await house.run(for: .seconds(15))
        for sensor in sensors { house.radio.move(sensor, inRange: false) }
        await house.run(for: .seconds(60))
        #expect(house.radio.peakConnecting == 1 && house.radio.connectsDuringScan == 0)
        for sensor in sensors { house.radio.move(sensor, inRange: true) }
        #expect(await house.run(atMost: .seconds(30)) { sensors.allSatisfy { house.isReady($0) } })
        #expect(house.radio.peakConnecting == 1 && house.radio.connectsDuringScan == 0)
        house.close()
    }

    @Test("a device that hangs up is connected to again at once")
    func hangUp() async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        await house.run(for: .seconds(30))
        sensor.disconnect()
        #expect(await house.run(atMost: .seconds(1)) { house.isReady(sensor) })
        #expect(
            house.changes(of: sensor) == ["device_discovered", "device_connected", "device_lost", "device_connected"])
        #expect(house.losses == [.disconnected])
        #expect(house.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"hung_up\"}") == 1)
        house.close()
    }

    @Test(
        "an attempt that fails is repeated ever more rarely, and the user is told that the device is not to be had",
        arguments: [
            (VirtualRadioDevice.ConnectOutcome.fails(EBUSY), "busy"), (.refused(EBUSY), "busy"),
            (.fails(EMLINK), "too_many_links"), (.breaks, "not_established"),
        ])
    func failing(answer: VirtualRadioDevice.ConnectOutcome, reason: String) async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1))
        sensor.connectOutcome = answer
        house.manager.start()
        await house.run(for: .seconds(120))
        let attempts = try #require(house.metric("leadville_bluetooth_attempts_total{device=\"bt50\"}"))
        // At once, after 1, 2, 4, 8, 16, 32, 60 s.
        #expect(attempts >= 7 && attempts <= 9)
        #expect(
            house.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"\(reason)\"}") == attempts)
        #expect(house.registry[house.id(sensor)]?.warnings == [.unreachable])
        #expect(house.changes(of: sensor) == ["device_discovered"])
        sensor.connectOutcome = .connects
        #expect(await house.run(atMost: .seconds(80)) { house.isReady(sensor) })
        #expect(house.registry[house.id(sensor)]?.warnings == [])
        house.close()
    }

    @Test("a device that was switched off is waited for without holding others up, and taken when it is heard again")
    func switchedOff() async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        await house.run(for: .seconds(30))
        house.radio.move(sensor, inRange: false)
        await house.run(for: .seconds(300))
        #expect(!house.isReady(sensor))
        // Each attempt takes 5 s when nothing is heard, and they come ever more rarely.
        let attempts = try #require(house.metric("leadville_bluetooth_attempts_total{device=\"bt50\"}"))
        #expect(attempts >= 6 && attempts <= 14)
        let timer = house.add(VirtualAMGCommander(RangeScript(), seed: 2))
        #expect(await house.run(atMost: .seconds(15)) { house.isReady(timer) })
        house.radio.move(sensor, inRange: true)
        // The next scan hears it.
        #expect(await house.run(atMost: .seconds(18)) { house.isReady(sensor) })
        house.close()
    }

    @Test("the more devices are connected, the more of the air is left to them")
    func considerate() async throws {
        let house = BluetoothTestBed()
        let slow = VirtualBT50.Traits(rate: .hertz1)
        let first = house.add(VirtualBT50(seed: 1, traits: slow))
        let second = house.add(VirtualBT50(seed: 2, traits: slow))
        house.manager.start()
        #expect(await house.run(atMost: .seconds(5)) { house.isReady(first) && house.isReady(second) })
        await house.run(for: .seconds(40))
        // Ten seconds of scanning, and twenty without.
        #expect(try await scans(in: house, for: .seconds(91)) == 3)
        house.radio.move(second, inRange: false)
        await house.run(for: .seconds(300))
        // Every fifteen seconds, and once more behind each attempt at the one that is missing.
        #expect(5...9 ~= (try await scans(in: house, for: .seconds(90))))
        house.radio.move(first, inRange: false)
        await house.run(for: .seconds(60))
        #expect(try await scans(in: house, for: .seconds(60)) >= 5)
        house.close()
    }

    private func scans(in house: BluetoothTestBed, for span: Nanoseconds) async throws -> Int {
        let before = house.radio.kernel.commands.count
        await house.run(for: span)
        return house.radio.kernel.opcodes(since: before).count { $0 == .startDiscovery }
    }

    @Test("a controller that does not answer is helped step by step, and devices come back")
    func hungController() async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        await house.run(for: .seconds(20))
        house.radio.isHung = true
        sensor.disconnect()
        await house.run(for: .seconds(4))
        #expect(house.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"controller_silent\"}") == 1)
        #expect(house.metric("leadville_bluetooth_troubles_total{trouble=\"link\"}") == 1)
        #expect(house.metric("leadville_bluetooth_remedies_total{step=\"restart_discovery\"}") == 1)
        await house.run(for: .seconds(20))
        #expect(house.metric("leadville_bluetooth_remedies_total{step=\"power_cycle\"}") == 1)
        house.radio.isHung = false
        #expect(await house.run(atMost: .seconds(60)) { house.isReady(sensor) })
        // Each step is told to clients as well, in order.
        let told = house.adapterEvents.map { event in
            if case .recovering(let step) = event.change {
                "\(event.change.name) \(step)"
            } else {
                "\(event.change.name)"
            }
        }
        #expect(told.prefix(3) == ["adapter_ready", "adapter_trouble", "adapter_remedy restart_discovery"])
        #expect(told.contains("adapter_remedy power_cycle") && told.contains("adapter_recovered"))
        #expect(house.adapterEvents.allSatisfy { $0.adapter == "hci0" })
        house.close()
    }

    @Test("an adapter that is pulled out while somebody's turn begins, and soon back, leaves nobody waiting")
    func pulledOutInBetween() async throws {
        let house = BluetoothTestBed()
        let sensors = (0..<2 as Range<UInt64>).map { house.add(VirtualBT50(seed: $0)) }
        house.manager.start()
        #expect(await house.run(atMost: .seconds(5)) { sensors.allSatisfy { house.isReady($0) } })
        let before = house.radio.kernel.commands.count
        #expect(
            await house.run(atMost: .seconds(60)) {
                house.radio.kernel.opcodes(since: before).last == .startDiscovery
            })
        // The first waits for the scan to end, and has not begun.
        house.radio.kernel.unansweredOpcodes = [.stopDiscovery]
        sensors[0].disconnect()
        await house.run(for: .milliseconds(500))
        house.radio.unplug(0)
        house.radio.kernel.unansweredOpcodes = []
        house.radio.plugIn(0)
        #expect(await house.run(atMost: .seconds(10)) { sensors.allSatisfy { house.isReady($0) } })
        house.close()
    }

    @Test("when the kernel's management breaks the links stay, and it is opened again")
    func management() async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        await house.run(for: .seconds(5))
        house.radio.managementError = .permissionDenied
        house.radio.closeManagementSocket()
        await house.run(for: .seconds(10))
        #expect(house.isReady(sensor) && house.metric("leadville_bluetooth_adapter_ready") == 0)
        #expect(house.metric("leadville_bluetooth_management_losses_total{reason=\"not_allowed\"}") == 3)
        house.radio.managementError = nil
        await house.run(for: .seconds(10))
        #expect(house.isReady(sensor) && house.metric("leadville_bluetooth_adapter_ready") == 1)
        let later = house.add(VirtualBT50(seed: 2))
        #expect(await house.run(atMost: .seconds(40)) { house.isReady(later) })
        house.close()
    }

    @Test("a sensor that refuses long packets is connected, says nothing that can be read, and that is counted")
    func shortPackets() async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1), traits: .init(mtu: nil))
        house.manager.start()
        await house.run(for: .seconds(10))
        #expect(house.isReady(sensor))
        #expect(house.rangeSink.samples[house.id(sensor)] ?? 0 == 0)
        #expect((house.metric("leadville_sensor_cut_off_total") ?? 0) >= 100)
        house.close()
    }

    @Test("a timer that does not report by itself is asked, and the user sees why")
    func pushOff() async throws {
        let string = BluetoothManagerTests.string
        let house = BluetoothTestBed()
        let timer = house.add(VirtualAMGCommander(RangeScript([string]), seed: 1, traits: .init(pushes: false)))
        house.manager.start()
        await house.run(for: .seconds(30))
        #expect(house.rangeSink.shots == string.shots)
        #expect(house.rangeSink.statements.allSatisfy { $0.statement.source == .polled })
        #expect(house.registry[house.id(timer)]?.warnings == [.pushesOff])
        #expect(house.metric("leadville_timer_pushes_total{pushes=\"off\"}") == 1)
        house.close()
    }
}
