import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("A session with a heart-rate strap") @ReactorActor
struct HeartStrapSessionTests {
    @Test("heart rates and battery arrive, and nothing else is asked of it")
    func readings() async throws {
        let bench = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 1))
        await bench.run(until: .seconds(30))
        let rates = bench.outputs.compactMap { entry -> [UInt16]? in
            if case .reading(.measurement(let measurement)) = entry.output { measurement.intervals } else { nil }
        }
        #expect(rates.count >= 28 && rates.count <= 30)
        // Every beat is there, in order.
        let beats = bench.device.peripheral.beats
        #expect(beats.starts(with: rates.flatMap { $0 }.map(Int.init)))
        #expect(rates.flatMap { $0 }.count > 20)
        let notices = bench.outputs.compactMap { if case .sessionEvent(let notice) = $0.output { notice } else { nil } }
        #expect(notices == [.ready(mtu: 23), .battery(96)])
        bench.close()
        #expect(bench.errors == [.closed])
    }

    @Test("a strap that falls silent is given up after ten seconds, once")
    func silence() async throws {
        let bench = try SessionTestBed(HeartStrapSession(), SilentDevice(services: VirtualHeartStrap.serviceTable))
        await bench.run(until: .milliseconds(9_900))
        #expect(bench.errors.isEmpty)
        await bench.run(until: .seconds(60))
        let ends = bench.outputs.filter { if case .sessionEvent(.ended) = $0.output { true } else { false } }
        #expect(ends.count == 1 && bench.errors == [.closed])
        bench.close()
    }

    @Test("something that only looks like a strap is named as what it lacks")
    func lookalike() async throws {
        let bench = try SessionTestBed(HeartStrapSession(), SilentDevice(services: VirtualBT50.serviceTable))
        await bench.run(until: .seconds(1))
        let missing = SessionEvent.ended(.missing("00002a37-0000-1000-8000-00805f9b34fb"))
        #expect(bench.outputs.map(\.output) == [.sessionEvent(missing)] && bench.errors == [.closed])
        bench.close()
    }

    @Test("a device that hangs up in the middle of being set up is lost once")
    func hangUp() async throws {
        let bench = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 1))
        bench.device.disconnect()
        await bench.run(until: .seconds(1))
        #expect(bench.errors == [.peerDisconnected])
        try bench.reconnect()
        await bench.run(until: .seconds(5))
        #expect(bench.outputs.contains { $0.output == .sessionEvent(.ready(mtu: 23)) })
        bench.close()
        #expect(bench.errors == [.peerDisconnected, .closed])
    }

    @Test("values that come before it is known what they are count for nothing")
    func strays() async throws {
        let bench = try SessionTestBed(HeartStrapSession(), VirtualHeartStrap(seed: 1))
        // As from a link that the kernel had kept since the last run.
        bench.device.sendRaw([0x1B, 6, 0, 0x00, 72])
        await bench.run(until: .milliseconds(500))
        #expect(bench.link.session.core.strayValues == 1)
        #expect(bench.outputs.map(\.output) == [.sessionEvent(.ready(mtu: 23)), .sessionEvent(.battery(96))])
        bench.close()
    }
}

/// Has services and says nothing.
struct SilentDevice: VirtualGATTPeripheral {
    let services: [VirtualService]

    var advertisement: BluetoothAdvertisement { BluetoothAdvertisement(name: nil) }
    var nextEvent: Nanoseconds? { nil }
    mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] { [] }
    mutating func tick(until time: Nanoseconds) -> [VirtualEmission] { [] }
}
