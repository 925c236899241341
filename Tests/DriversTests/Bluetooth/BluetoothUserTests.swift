import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("What the user decides about devices on the radio") @ReactorActor
struct BluetoothUserTests {
    @Test("a forgotten device is let go and left alone; one that is adopted is connected to")
    func decisions() async throws {
        let house = BluetoothTestBed(adoption: .ask)
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        await house.run(for: .seconds(30))
        #expect(house.changes(of: sensor) == ["device_discovered"] && !sensor.isLinked)
        try house.registry.decide(house.id(sensor), DeviceDecision(adopt: true))
        #expect(await house.run(atMost: .seconds(2)) { house.isReady(sensor) })
        try house.registry.decide(house.id(sensor), DeviceDecision(forget: true))
        await house.run(for: .seconds(60))
        #expect(house.manager.devices.isEmpty && !sensor.isLinked)
        #expect(house.rangeSink.changes == ["\(house.id(sensor)) ready", "\(house.id(sensor)) lost"])
        house.close()
    }

    @Test("a device that only might be one of ours is not connected to")
    func possible() async throws {
        let house = BluetoothTestBed()
        let gadget = VirtualRadioPeripheral(
            VirtualHeartStrap(seed: 1), advertisement: .init(name: "COMMANDER 7"), timers: house.timers)
        house.radio.add(gadget)
        house.manager.start()
        await house.run(for: .seconds(30))
        #expect(!gadget.isLinked && house.events.isEmpty && house.metric("leadville_bluetooth_in_the_air") == 1)
        house.close()
    }

    @Test("something that only looks like a sensor is given up, ever more rarely tried, and named")
    func impostor() async throws {
        let house = BluetoothTestBed()
        let gadget = VirtualRadioPeripheral(
            VirtualHeartStrap(seed: 1), advertisement: .init(name: "WTVB01-BT50"), timers: house.timers)
        house.radio.add(gadget)
        house.manager.start()
        await house.run(for: .seconds(60))
        let losses = house.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"missing\"}") ?? 0
        #expect(losses >= 5 && losses <= 8)
        #expect(house.registry[house.id(gadget)]?.warnings == [.unreachable])
        house.close()
    }

    @Test("a strap's heart is that of the user whom it was given to")
    func strap() async throws {
        let house = BluetoothTestBed()
        let strap = house.add(VirtualHeartStrap(seed: 2, gaps: [.init(from: .seconds(20), to: .seconds(26))]))
        house.manager.start()
        await house.run(for: .seconds(15))
        #expect(house.heartEvents.last?.user == .text(strap.address.description))
        try house.registry.decide(house.id(strap), DeviceDecision(user: 7))
        await house.run(for: .seconds(10))
        #expect(house.heartEvents.last?.user == .number(7) && house.heartEvents.last?.contact == false)
        #expect(house.contacts.map(\.contact) == [.good, .none])
        await house.run(for: .seconds(10))
        #expect(house.contacts.map(\.contact) == [.good, .none, .good])
        let truth = strap.peripheral.beats.map { Nanoseconds(Int64($0) * 1_000_000_000 / 1_024) }
        let told = house.beats.compactMap(\.interval)
        #expect(told.count >= 20 && truth.suffix(10).contains(told.last ?? .zero))
        #expect(house.beats.allSatisfy { $0.user != nil && $0.isPlausible })
        house.close()
    }

    @Test("the timer is told to start, at once when somebody hears of something, and refuses settings while it runs")
    func commands() async throws {
        let house = BluetoothTestBed()
        #expect(commandError(house, .start) == .noTimer)
        let string = RangeString(shots: [.seconds(2), .seconds(3)], stop: .seconds(6))
        let timer = house.add(VirtualAMGCommander(RangeScript([string]), seed: 1))
        house.manager.start()
        #expect(await house.run(atMost: .seconds(5)) { house.isReady(timer) })
        var later: [TimerControlError?] = []
        house.rangeSink.reaction = { statement in
            // From within what the session says.
            if case .shot(let shot) = statement.action, shot.number == 1 {
                later.append(commandError(house, .setSensitivity(5)))
                later.append(commandError(house, .stop))
            }
        }
        #expect(commandError(house, .setSensitivity(7)) == nil && commandError(house, .start) == nil)
        await house.run(for: .seconds(15))
        #expect(timer.peripheral.settings.sensitivity == 7)
        #expect(later == [.rejected(.stringIsRunning), nil])
        #expect(house.rangeSink.shots == [.seconds(2)])
        guard case .stopped = house.rangeSink.actions.last else { return #expect(Bool(false)) }
        #expect(commandError(house, .setSensitivity(11)) != nil)
        let second = house.add(VirtualAMGCommander(RangeScript(), seed: 2))
        #expect(await house.run(atMost: .seconds(40)) { house.isReady(second) })
        #expect(commandError(house, .stop) == .ambiguous && commandError(house, .stop, house.id(second)) == nil)
        house.close()
        #expect(commandError(house, .stop) == .noTimer)
    }

    private func commandError(_ house: BluetoothTestBed, _ command: AMGCommand, _ timer: DeviceID? = nil)
        -> TimerControlError?
    {
        do throws(TimerControlError) {
            try house.manager.send(command, to: timer)
            return nil
        } catch {
            return error
        }
    }

    @Test("a sensor's rate is set for good, read back and noted")
    func sensorRate() async throws {
        let house = BluetoothTestBed()
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        #expect(await house.run(atMost: .seconds(5)) { house.isReady(sensor) })
        let id = house.id(sensor).text
        #expect(throws: SensorSettingsError.self) {
            try house.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 11}"#.utf8)), to: id)
        }
        try house.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 10}"#.utf8)), to: id)
        await house.run(for: .seconds(5))
        #expect(house.registry[house.id(sensor)]?.warnings == [.slowRate])
        let before = house.rangeSink.samples[house.id(sensor)] ?? 0
        await house.run(for: .seconds(10))
        #expect(96...104 ~= (house.rangeSink.samples[house.id(sensor)] ?? 0) - before)
        try house.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 100, "mode": "momentary"}"#.utf8)), to: id)
        await house.run(for: .seconds(5))
        #expect(house.registry[house.id(sensor)]?.warnings == [])
        let momentary = house.rangeSink.notifications[house.id(sensor)]?.last
        #expect(momentary?.count == 4 * 40 && momentary?.starts(with: [0x55, 0x61]) ?? false)
        #expect(throws: SensorSettingsError.unknown) {
            try house.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 10}"#.utf8)), to: "00:00:00:00:00:00")
        }
        house.radio.move(sensor, inRange: false)
        await house.run(for: .seconds(10))
        #expect(throws: SensorSettingsError.unavailable("the sensor is not connected")) {
            try house.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 10}"#.utf8)), to: id)
        }
        house.close()
    }

    @Test("a program that is started anew takes up the links that the kernel has kept")
    func restart() async throws {
        let house = BluetoothTestBed()
        let timer = house.add(VirtualAMGCommander(RangeScript(), seed: 1))
        let sensor = house.add(VirtualBT50(seed: 1))
        house.manager.start()
        #expect(await house.run(atMost: .seconds(5)) { house.isReady(sensor) && house.isReady(timer) })
        house.restart()
        #expect(await house.run(atMost: .milliseconds(1_500)) { house.isReady(sensor) && house.isReady(timer) })
        // What came before it was known what it is was not taken for anything.
        await house.run(for: .seconds(10))
        #expect(house.isReady(sensor) && house.radio.connectsDuringScan == 0)
        #expect(house.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"closed\"}") == 1)
        house.close()
    }
}
