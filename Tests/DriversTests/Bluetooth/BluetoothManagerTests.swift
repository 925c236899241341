import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("The radio") @ReactorActor
struct BluetoothManagerTests {
    static let string = RangeString.even(
        beep: .seconds(12), shots: 6, first: .milliseconds(1_500), split: .milliseconds(400), hitting: 0, after: .zero)

    @Test("six sensors at 100 Hz, a timer and a strap are found, connected to one by one, and nothing is lost")
    func everybody() async throws {
        let house = BluetoothTestBed()
        let timer = house.add(VirtualAMGCommander(RangeScript([Self.string]), seed: 1))
        let strap = house.add(VirtualHeartStrap(seed: 2))
        let sensors = (0..<6 as Range<UInt64>).map { house.add(VirtualBT50(seed: 10 + $0)) }
        house.manager.start()
        let everybody: [VirtualRadioDevice] = [timer, strap] + sensors
        let areReady = await house.run(atMost: .seconds(10)) { everybody.allSatisfy { house.isReady($0) } }
        #expect(areReady)
        #expect(house.radio.peakConnecting == 1 && house.radio.connectsDuringScan == 0)
        for device in everybody { #expect(house.changes(of: device) == ["device_discovered", "device_connected"]) }
        let before = sensors.map { house.rangeSink.samples[house.id($0)] ?? 0 }
        let notifications = sensors.map { house.rangeSink.notifications[house.id($0)]?.count ?? 0 }
        await house.run(for: .seconds(20))
        for (index, sensor) in sensors.enumerated() {
            let samples = (house.rangeSink.samples[house.id(sensor)] ?? 0) - before[index]
            #expect(samples >= 1_990 && samples <= 2_010)
            let bytes = house.rangeSink.notifications[house.id(sensor)] ?? []
            #expect(bytes.count - notifications[index] >= 490 && bytes.allSatisfy { $0.first == 0x55 })
            #expect(house.registry[house.id(sensor)]?.battery.map { 80...100 ~= $0 } ?? false)
            #expect(house.registry[house.id(sensor)]?.signal == -60)
        }
        #expect(house.rangeSink.shots == Self.string.shots)
        #expect(
            house.rangeSink.statements.allSatisfy { $0.statement.source == .pushed && $0.statement.frame.count == 14 })
        #expect(house.heartEvents.count >= 19 && house.heartEvents.allSatisfy { $0.family == .heartStrap })
        #expect(house.heartEvents.last?.user == .text(strap.address.description) && house.beats.count >= 15)
        #expect(house.metric("leadville_bluetooth_links{device=\"bt50\"}") == 6)
        #expect(house.metric("leadville_bluetooth_links_total{device=\"bt50\"}") == 6)
        #expect((house.registry[house.id(sensors[0])]?.counts.accepted ?? 0) >= 1_990)
        house.close()
        #expect(house.timers.count == 0)
    }

    @Test("with no adapter the gateway waits, and takes one that is plugged in, also after it was pulled out")
    func adapters() async throws {
        let house = BluetoothTestBed([:])
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        await house.run(for: .seconds(60))
        #expect(house.events.isEmpty && house.metric("leadville_bluetooth_adapter_ready") == 0)
        house.radio.plugIn(0)
        #expect(await house.run(atMost: .seconds(5)) { house.isReady(sensor) })
        await house.run(for: .seconds(15))
        house.radio.unplug(0)
        await house.run(for: .seconds(30))
        #expect(house.changes(of: sensor) == ["device_discovered", "device_connected", "device_lost"])
        #expect(house.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"adapter_gone\"}") == 1)
        house.radio.plugIn(1)
        #expect(await house.run(atMost: .seconds(2)) { house.isReady(sensor) })
        #expect(house.rangeSink.changes.suffix(2) == ["\(house.id(sensor)) lost", "\(house.id(sensor)) ready"])
        house.close()
    }
}
