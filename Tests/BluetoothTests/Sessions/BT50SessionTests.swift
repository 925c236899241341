import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("BT50 session") @ReactorActor
struct BT50SessionTests {
    private func testBed(
        _ traits: VirtualBT50.Traits = .init(), mtu: Int? = 247, seed: UInt64 = 3
    ) throws -> SessionTestBed<BT50Session, VirtualBT50> {
        try SessionTestBed(BT50Session(), VirtualBT50(seed: seed, traits: traits), traits: .init(mtu: mtu))
    }

    private func samples(_ testBed: SessionTestBed<BT50Session, VirtualBT50>) -> Int {
        testBed.readings.count { reading in
            switch reading {
            case .vibration, .motion: true
            default: false
            }
        }
    }

    private func registers(_ testBed: SessionTestBed<BT50Session, VirtualBT50>) -> [BT50Registers] {
        testBed.readings.compactMap { if case .registers(let registers) = $0 { registers } else { nil } }
    }

    private func notifications(_ testBed: SessionTestBed<BT50Session, VirtualBT50>) -> [SessionEvent] {
        testBed.outputs.compactMap { if case .sessionEvent(let notification) = $0.output { notification } else { nil } }
    }

    @Test("negotiates the MTU first, and receives every sample at 100 Hz")
    func samples() async throws {
        let testBed = try testBed()
        await testBed.run(until: .seconds(10))
        #expect(testBed.device.receivedPackets.first == [0x02, 247, 0])
        #expect(samples(testBed) >= 980 && samples(testBed) <= 1_000)
        #expect(testBed.link.session.counters.rejectCount == 0)
        #expect(notifications(testBed).first == .ready(mtu: 247))
        // Each notification is reported once with its bytes: four frames, or five with a response.
        #expect(
            testBed.notifications.allSatisfy {
                4...5 ~= $0.readings.count && $0.bytes.starts(with: [0x55, 0x61])
                    || $0.bytes.starts(with: [0x55, 0x71])
            })
        #expect(testBed.notifications.count >= 240)
        testBed.close()
    }

    @Test("paces the requests for its settings")
    func settings() async throws {
        let testBed = try testBed()
        await testBed.run(until: .seconds(5))
        let read = registers(testBed)
        #expect(read.compactMap(\.rate) == [.hertz100])
        #expect(read.compactMap(\.firmware) == ["10057.2.7"])
        #expect(read.contains { $0[.detectionCycle] == 100 } && read.contains { $0.battery != nil })
        let reads = testBed.device.receivedPackets.count { $0.first == 0x52 }
        #expect(reads == 5)
        #expect(notifications(testBed).contains { if case .battery(90...100) = $0 { true } else { false } })
        testBed.close()
    }

    @Test("unlocks, sets, saves and reads back a sample rate")
    func setRate() async throws {
        let testBed = try testBed()
        await testBed.run(until: .seconds(3))
        try testBed.link.perform(.sensor(.rate(.hertz50)))
        await testBed.run(until: .seconds(6))
        #expect(registers(testBed).compactMap(\.rate) == [.hertz100, .hertz50])
        let writes = testBed.device.receivedPackets.filter { $0.first == 0x52 && $0[4] == 0xAA && $0[5] != 0x27 }.map {
            $0.dropFirst(3)
        }
        #expect(writes == [[0xFF, 0xAA, 0x69, 0x88, 0xB5], [0xFF, 0xAA, 0x03, 0x08, 0], [0xFF, 0xAA, 0, 0, 0]])
        let before = samples(testBed)
        await testBed.run(until: .seconds(8))
        #expect(samples(testBed) - before >= 92 && samples(testBed) - before <= 104)
        testBed.close()
    }

    @Test("rejects a value out of range, and any setting before the sensor is ready")
    func invalidSettings() async throws {
        let testBed = try testBed()
        #expect(throws: SessionCommandError.notConnected) {
            try testBed.link.perform(.sensor(.rate(.hertz50)))
        }
        await testBed.run(until: .seconds(1))
        let error = DeviceCommandError("detection cycle", 0, allowed: 1...100)
        #expect(throws: SessionCommandError.invalidValue(error)) {
            try testBed.link.perform(.sensor(.detectionCycle(0)))
        }
        testBed.close()
    }

    @Test("reports a sensor that rejects a longer MTU, and its truncated frames")
    func smallPackets() async throws {
        let testBed = try testBed(mtu: nil)
        await testBed.run(until: .seconds(5))
        #expect(notifications(testBed).contains(.mtuRejected) && notifications(testBed).contains(.ready(mtu: 23)))
        #expect(samples(testBed) == 0)
        #expect(testBed.readings.contains(.cutOff(byteCount: 20)))
        testBed.close()
    }

    @Test("probes and disconnects a sensor that never sends anything")
    func silence() async throws {
        let testBed = try SessionTestBed(BT50Session(), SilentDevice(services: VirtualBT50.serviceTable))
        await testBed.run(until: .milliseconds(26_900))
        #expect(testBed.errors.isEmpty)
        await testBed.run(until: .seconds(28))
        #expect(testBed.errors == [.closed] && testBed.timers.count == 0)
        #expect(testBed.outputs.count { $0.output == .sessionEvent(.ended(.silent)) } == 1)
        testBed.close()
    }

    @Test("disconnects a silent sensor with a known rate within seconds")
    func laterSilence() async throws {
        let testBed = try SessionTestBed(BT50Session(), FadingDevice())
        await testBed.run(until: .milliseconds(14_900))
        #expect(testBed.errors.isEmpty)
        await testBed.run(until: .milliseconds(15_500))
        #expect(testBed.errors == [.closed])
        testBed.close()
    }

    @Test("does not treat a slow sensor as silent")
    func slow() async throws {
        let testBed = try testBed(.init(rate: .oneInTwoSeconds))
        await testBed.run(until: .seconds(120))
        #expect(testBed.errors.isEmpty)
        #expect(samples(testBed) >= 52)
        testBed.close()
    }

    @Test("requests the battery voltage once a minute in momentary mode")
    func batteryInNowData() async throws {
        let testBed = try testBed(.init(nowData: true))
        await testBed.run(until: .seconds(200))
        let reads = testBed.device.receivedPackets.count { $0.first == 0x52 && $0[5] == 0x27 && $0[6] == 0x64 }
        #expect(reads >= 3 && reads <= 6)
        #expect(testBed.errors.isEmpty)
        testBed.close()
    }

    @Test("sets up again after a disconnection")
    func reconnecting() async throws {
        let testBed = try testBed(.init(resets: [.seconds(4)]))
        await testBed.run(until: .seconds(5))
        #expect(testBed.errors == [.peerDisconnected])
        try testBed.reconnect()
        let before = samples(testBed)
        await testBed.run(until: .seconds(10))
        #expect(samples(testBed) - before > 450)
        #expect(notifications(testBed).filter { $0 == .ready(mtu: 247) }.count == 2)
        testBed.close()
    }
}

/// A BT50 that stops sending after ten seconds while its link stays up.
private struct FadingDevice: VirtualGATTPeripheral {
    private var sensor = VirtualBT50(seed: 8)

    var services: [VirtualService] { sensor.services }
    var advertisement: BluetoothAdvertisement { sensor.advertisement }
    var nextEvent: Nanoseconds? { sensor.nextEvent }

    mutating func update(mtu: Int) { sensor.update(mtu: mtu) }

    mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        sensor.receive(write: bytes, at: time).filter { $0.time < .seconds(10) }
    }

    mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        sensor.tick(until: time).filter { $0.time < .seconds(10) }
    }
}
