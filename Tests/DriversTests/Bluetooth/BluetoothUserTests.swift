import Bluetooth
import Clocks
import Devices
import Events
import Reactor
import Testing
import VirtualDevices

@testable import Drivers

@Suite("Bluetooth device decisions and commands") @ReactorActor
struct BluetoothUserTests {
    @Test("disconnects a forgotten device, and connects an adopted one")
    func decisions() async throws {
        let testBed = BluetoothTestBed(adoption: .ask)
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        #expect(testBed.changes(of: sensor) == ["device_discovered"] && !sensor.isLinked)
        try testBed.registry.decide(testBed.id(sensor), DeviceDecision(adopt: true))
        #expect(await testBed.run(atMost: .seconds(2)) { testBed.isReady(sensor) })
        try testBed.registry.decide(testBed.id(sensor), DeviceDecision(forget: true))
        await testBed.run(for: .seconds(60))
        #expect(testBed.manager.devices.isEmpty && !sensor.isLinked)
        #expect(testBed.rangeSink.changes == ["\(testBed.id(sensor)) ready", "\(testBed.id(sensor)) lost"])
        testBed.close()
    }

    @Test("does not connect to a device that is only possibly supported")
    func possible() async throws {
        let testBed = BluetoothTestBed()
        let device = VirtualRadioPeripheral(
            VirtualHeartStrap(seed: 1), advertisement: .init(name: "COMMANDER 7"), timers: testBed.timers)
        testBed.radio.add(device)
        testBed.manager.start()
        await testBed.run(for: .seconds(30))
        #expect(!device.isLinked && testBed.events.isEmpty && testBed.metric("leadville_bluetooth_in_the_air") == 1)
        testBed.close()
    }

    @Test("backs off from a device that lacks the characteristics of a sensor")
    func missingCharacteristics() async throws {
        let testBed = BluetoothTestBed()
        let device = VirtualRadioPeripheral(
            VirtualHeartStrap(seed: 1), advertisement: .init(name: "WTVB01-BT50"), timers: testBed.timers)
        testBed.radio.add(device)
        testBed.manager.start()
        await testBed.run(for: .seconds(60))
        let losses = testBed.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"missing\"}") ?? 0
        #expect(losses >= 5 && losses <= 8)
        #expect(testBed.registry[testBed.id(device)]?.warnings == [.unreachable])
        testBed.close()
    }

    @Test("assigns a strap's heart rate to its user")
    func strap() async throws {
        let testBed = BluetoothTestBed()
        let strap = testBed.add(VirtualHeartStrap(seed: 2, gaps: [.init(from: .seconds(20), to: .seconds(26))]))
        testBed.manager.start()
        await testBed.run(for: .seconds(15))
        #expect(testBed.heartEvents.last?.user == .text(strap.address.description))
        try testBed.registry.decide(testBed.id(strap), DeviceDecision(user: 7))
        await testBed.run(for: .seconds(10))
        #expect(testBed.heartEvents.last?.user == .number(7) && testBed.heartEvents.last?.contact == false)
        #expect(testBed.contacts.map(\.contact) == [.good, .none])
        await testBed.run(for: .seconds(10))
        #expect(testBed.contacts.map(\.contact) == [.good, .none, .good])
        let truth = strap.peripheral.beats.map { Nanoseconds(Int64($0) * 1_000_000_000 / 1_024) }
        let intervals = testBed.beats.compactMap(\.interval)
        #expect(intervals.count >= 20 && truth.suffix(10).contains(intervals.last ?? .zero))
        #expect(testBed.beats.allSatisfy { $0.user != nil && $0.isPlausible })
        testBed.close()
    }

    @Test("starts the timer, also from a callback, and rejects settings while a string is running")
    func commands() async throws {
        let testBed = BluetoothTestBed()
        #expect(commandError(testBed, .start) == .noTimer)
        let string = RangeString(shots: [.seconds(2), .seconds(3)], stop: .seconds(6))
        let timer = testBed.add(VirtualAMGCommander(RangeScript([string]), seed: 1))
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(5)) { testBed.isReady(timer) })
        var later: [TimerControlError?] = []
        testBed.rangeSink.reaction = { statement in
            // From within an output of the session.
            if case .shot(let shot) = statement.action, shot.number == 1 {
                later.append(commandError(testBed, .setSensitivity(5)))
                later.append(commandError(testBed, .stop))
            }
        }
        #expect(commandError(testBed, .setSensitivity(7)) == nil && commandError(testBed, .start) == nil)
        await testBed.run(for: .seconds(15))
        #expect(timer.peripheral.settings.sensitivity == 7)
        #expect(later == [.rejected(.stringIsRunning), nil])
        #expect(testBed.rangeSink.shots == [.seconds(2)])
        guard case .stopped = testBed.rangeSink.actions.last else { return #expect(Bool(false)) }
        #expect(commandError(testBed, .setSensitivity(11)) != nil)
        let second = testBed.add(VirtualAMGCommander(RangeScript(), seed: 2))
        #expect(await testBed.run(atMost: .seconds(40)) { testBed.isReady(second) })
        #expect(commandError(testBed, .stop) == .ambiguous && commandError(testBed, .stop, testBed.id(second)) == nil)
        testBed.close()
        #expect(commandError(testBed, .stop) == .noTimer)
    }

    private func commandError(_ testBed: BluetoothTestBed, _ command: AMGCommand, _ timer: DeviceID? = nil)
        -> TimerControlError?
    {
        do throws(TimerControlError) {
            try testBed.manager.send(command, to: timer)
            return nil
        } catch {
            return error
        }
    }

    @Test("stores a sensor's rate, reads it back and updates the warning")
    func sensorRate() async throws {
        let testBed = BluetoothTestBed()
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(5)) { testBed.isReady(sensor) })
        let id = testBed.id(sensor).text
        #expect(throws: SensorSettingsError.self) {
            try testBed.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 11}"#.utf8)), to: id)
        }
        try testBed.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 10}"#.utf8)), to: id)
        await testBed.run(for: .seconds(5))
        #expect(testBed.registry[testBed.id(sensor)]?.warnings == [.slowRate])
        let before = testBed.rangeSink.samples[testBed.id(sensor)] ?? 0
        await testBed.run(for: .seconds(10))
        #expect(96...104 ~= (testBed.rangeSink.samples[testBed.id(sensor)] ?? 0) - before)
        try testBed.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 100, "mode": "momentary"}"#.utf8)), to: id)
        await testBed.run(for: .seconds(5))
        #expect(testBed.registry[testBed.id(sensor)]?.warnings == [])
        let momentary = testBed.rangeSink.notifications[testBed.id(sensor)]?.last
        #expect(momentary?.count == 4 * 40 && momentary?.starts(with: [0x55, 0x61]) ?? false)
        #expect(throws: SensorSettingsError.unknown) {
            try testBed.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 10}"#.utf8)), to: "00:00:00:00:00:00")
        }
        testBed.radio.move(sensor, inRange: false)
        await testBed.run(for: .seconds(10))
        #expect(throws: SensorSettingsError.unavailable("the sensor is not connected")) {
            try testBed.manager.apply(SensorSettingsRequest(Array(#"{"rate_hz": 10}"#.utf8)), to: id)
        }
        testBed.close()
    }

    @Test("takes over the links that the kernel kept from the last run")
    func restart() async throws {
        let testBed = BluetoothTestBed()
        let timer = testBed.add(VirtualAMGCommander(RangeScript(), seed: 1))
        let sensor = testBed.add(VirtualBT50(seed: 1))
        testBed.manager.start()
        #expect(await testBed.run(atMost: .seconds(5)) { testBed.isReady(sensor) && testBed.isReady(timer) })
        testBed.restart()
        #expect(await testBed.run(atMost: .milliseconds(1_500)) { testBed.isReady(sensor) && testBed.isReady(timer) })
        // Values that arrived before discovery were ignored.
        await testBed.run(for: .seconds(10))
        #expect(testBed.isReady(sensor) && testBed.radio.connectsDuringScan == 0)
        #expect(testBed.metric("leadville_bluetooth_losses_total{device=\"bt50\",reason=\"closed\"}") == 1)
        testBed.close()
    }
}
