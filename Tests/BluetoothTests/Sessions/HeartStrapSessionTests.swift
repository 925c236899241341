import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("Heart-rate strap session") @ReactorActor
struct HeartStrapSessionTests {
    @Test("reports heart rates and the battery level")
    func readings() async throws {
        let testBed = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 1))
        await testBed.run(until: .seconds(30))
        let rates = testBed.outputs.compactMap { entry -> [UInt16]? in
            if case .reading(.measurement(let measurement)) = entry.output { measurement.intervals } else { nil }
        }
        #expect(rates.count >= 28 && rates.count <= 30)
        // All beats arrive in order.
        let beats = testBed.device.peripheral.beats
        #expect(beats.starts(with: rates.flatMap { $0 }.map(Int.init)))
        #expect(rates.flatMap { $0 }.count > 20)
        let notifications = testBed.outputs.compactMap {
            if case .sessionEvent(let notification) = $0.output { notification } else { nil }
        }
        #expect(notifications == [.ready(mtu: 23), .battery(96)])
        testBed.close()
        #expect(testBed.errors == [.closed])
    }

    @Test("ends once after ten seconds of silence")
    func silence() async throws {
        let testBed = try SessionTestBed(HeartStrapSession(), SilentDevice(services: VirtualHeartStrap.serviceTable))
        await testBed.run(until: .milliseconds(9_900))
        #expect(testBed.errors.isEmpty)
        await testBed.run(until: .seconds(60))
        let ends = testBed.outputs.filter { if case .sessionEvent(.ended) = $0.output { true } else { false } }
        #expect(ends.count == 1 && testBed.errors == [.closed])
        testBed.close()
    }

    @Test("reports the missing characteristic of another kind of device")
    func missingCharacteristic() async throws {
        let testBed = try SessionTestBed(HeartStrapSession(), SilentDevice(services: VirtualBT50.serviceTable))
        await testBed.run(until: .seconds(1))
        let missing = SessionEvent.ended(.missing("00002a37-0000-1000-8000-00805f9b34fb"))
        #expect(testBed.outputs.map(\.output) == [.sessionEvent(missing)] && testBed.errors == [.closed])
        testBed.close()
    }

    @Test("reports a disconnection during setup once")
    func hangUp() async throws {
        let testBed = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 1))
        testBed.device.disconnect()
        await testBed.run(until: .seconds(1))
        #expect(testBed.errors == [.peerDisconnected])
        try testBed.reconnect()
        await testBed.run(until: .seconds(5))
        #expect(testBed.outputs.contains { $0.output == .sessionEvent(.ready(mtu: 23)) })
        testBed.close()
        #expect(testBed.errors == [.peerDisconnected, .closed])
    }

    @Test("ignores values that arrive before discovery")
    func earlyValues() async throws {
        let testBed = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 1))
        // As on a link that the kernel kept from the last run.
        testBed.device.sendRaw([0x1B, 6, 0, 0x00, 72])
        await testBed.run(until: .milliseconds(500))
        #expect(testBed.link.session.core.strayValues == 1)
        #expect(testBed.outputs.map(\.output) == [.sessionEvent(.ready(mtu: 23)), .sessionEvent(.battery(96))])
        testBed.close()
    }
}

/// Has services and never sends anything.
struct SilentDevice: VirtualGATTPeripheral {
    let services: [VirtualService]

    var advertisement: BluetoothAdvertisement { BluetoothAdvertisement(name: nil) }
    var nextEvent: Nanoseconds? { nil }
    mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] { [] }
    mutating func tick(until time: Nanoseconds) -> [VirtualEmission] { [] }
}
