import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Bluetooth manager") @ReactorActor
struct BluetoothManagerTests {
    static let string = RangeString.even(
        beep: .seconds(12), shots: 6, first: .milliseconds(1_500), split: .milliseconds(400), hitting: 0, after: .zero)

    @Test("finds and connects six sensors at 100 Hz, a timer and a strap without loss")
    func allDevices() async throws {
        let testBed = BluetoothTestBed()
        let timer = testBed.add(VirtualAMGCommander(RangeScript([Self.string]), seed: 1))
        let strap = testBed.add(VirtualHeartStrap(seed: 2))
        let sensors = (0..<6 as Range<UInt64>).map { testBed.add(VirtualBT50(seed: 10 + $0)) }
        testBed.manager.start()
        let devices: [VirtualRadioDevice] = [timer, strap] + sensors
        let areReady = await testBed.run(atMost: .seconds(10)) { devices.allSatisfy { testBed.isReady($0) } }
        #expect(areReady)
        #expect(testBed.radio.peakConnecting == 1 && testBed.radio.connectsDuringScan == 0)
        for device in devices { #expect(testBed.changes(of: device) == ["device_discovered", "device_connected"]) }
        let before = sensors.map { testBed.rangeSink.samples[testBed.id($0)] ?? 0 }
        let notifications = sensors.map { testBed.rangeSink.notifications[testBed.id($0)]?.count ?? 0 }
        await testBed.run(for: .seconds(20))
        for (index, sensor) in sensors.enumerated() {
            let samples = (testBed.rangeSink.samples[testBed.id(sensor)] ?? 0) - before[index]
            #expect(samples >= 1_990 && samples <= 2_010)
            let bytes = testBed.rangeSink.notifications[testBed.id(sensor)] ?? []
            #expect(bytes.count - notifications[index] >= 490 && bytes.allSatisfy { $0.first == 0x55 })
            #expect(testBed.registry[testBed.id(sensor)]?.battery.map { 80...100 ~= $0 } ?? false)
            #expect(testBed.registry[testBed.id(sensor)]?.signal == -60)
        }
        #expect(testBed.rangeSink.shots == Self.string.shots)
        #expect(
            testBed.rangeSink.reports.allSatisfy { $0.event.source == .pushed && $0.event.frame.count == 14 }
        )
        #expect(testBed.heartEvents.count >= 19 && testBed.heartEvents.allSatisfy { $0.family == .heartStrap })
        #expect(testBed.heartEvents.last?.user == .text(strap.address.description) && testBed.beats.count >= 15)
        #expect(testBed.metric("leadville_bluetooth_links{device=\"bt50\"}") == 6)
        #expect(testBed.metric("leadville_bluetooth_links_total{device=\"bt50\"}") == 6)
        #expect((testBed.registry[testBed.id(sensors[0])]?.counts.accepted ?? 0) >= 1_990)
        testBed.close()
        #expect(testBed.timers.count == 0)
    }

    @Test("waits for an adapter to be plugged in, repeatedly")
    func adapters() async throws {
        let testBed = BluetoothTestBed([:])
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(60))
        #expect(testBed.events.isEmpty && testBed.metric("leadville_bluetooth_adapter_ready") == 0)
        testBed.radio.plugIn(0)
        #expect(await testBed.run(atMost: .seconds(5)) { testBed.isReady(sensor) })
        await testBed.run(for: .seconds(15))
        testBed.radio.unplug(0)
        await testBed.run(for: .seconds(30))
        #expect(testBed.changes(of: sensor) == ["device_discovered", "device_connected", "device_lost"])
        #expect(testBed.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"adapter_gone\"}") == 1)
        testBed.radio.plugIn(1)
        #expect(await testBed.run(atMost: .seconds(2)) { testBed.isReady(sensor) })
        #expect(testBed.rangeSink.changes.suffix(2) == ["\(testBed.id(sensor)) lost", "\(testBed.id(sensor)) ready"])
        testBed.close()
    }
}
