import Bluetooth
import Clocks
import Devices
import Reactor
import Testing
import VirtualDevices

@Suite("A session with a BT50") @ReactorActor
struct BT50SessionTests {
    private func bench(
        _ traits: VirtualBT50.Traits = .init(), mtu: Int? = 247, seed: UInt64 = 3
    ) throws -> SessionTestBed<BT50Session, VirtualBT50> {
        try SessionTestBed(BT50Session(), VirtualBT50(seed: seed, traits: traits), traits: .init(mtu: mtu))
    }

    private func samples(_ bench: SessionTestBed<BT50Session, VirtualBT50>) -> Int {
        bench.readings.count { reading in
            switch reading {
            case .vibration, .motion: true
            default: false
            }
        }
    }

    private func registers(_ bench: SessionTestBed<BT50Session, VirtualBT50>) -> [BT50Registers] {
        bench.readings.compactMap { if case .registers(let registers) = $0 { registers } else { nil } }
    }

    private func notices(_ bench: SessionTestBed<BT50Session, VirtualBT50>) -> [SessionEvent] {
        bench.outputs.compactMap { if case .sessionEvent(let notice) = $0.output { notice } else { nil } }
    }

    @Test("packets are made long before anything else, and every sample of 100 a second arrives whole")
    func samples() async throws {
        let bench = try bench()
        await bench.run(until: .seconds(10))
        #expect(bench.device.receivedPackets.first == [0x02, 247, 0])
        #expect(samples(bench) >= 980 && samples(bench) <= 1_000)
        #expect(bench.link.session.counters.rejectCount == 0)
        #expect(notices(bench).first == .ready(mtu: 247))
        // One notification after the other, each told once with its bytes: four frames, or one more with an answer.
        #expect(
            bench.notifications.allSatisfy {
                4...5 ~= $0.readings.count && $0.bytes.starts(with: [0x55, 0x61])
                    || $0.bytes.starts(with: [0x55, 0x71])
            })
        #expect(bench.notifications.count >= 240)
        bench.close()
    }

    @Test("its settings are read one after the other, never faster than it can answer")
    func settings() async throws {
        let bench = try bench()
        await bench.run(until: .seconds(5))
        let read = registers(bench)
        #expect(read.compactMap(\.rate) == [.hertz100])
        #expect(read.compactMap(\.firmware) == ["10057.2.7"])
        #expect(read.contains { $0[.detectionCycle] == 100 } && read.contains { $0.battery != nil })
        let reads = bench.device.receivedPackets.count { $0.first == 0x52 }
        #expect(reads == 5)
        #expect(notices(bench).contains { if case .battery(90...100) = $0 { true } else { false } })
        bench.close()
    }

    @Test("a rate is set with the key, saved and read back, and samples then come at that rate")
    func setRate() async throws {
        let bench = try bench()
        await bench.run(until: .seconds(3))
        let isTaken = try bench.link.withSession { try $0.apply(.rate(.hertz50)) }
        #expect(isTaken)
        await bench.run(until: .seconds(6))
        #expect(registers(bench).compactMap(\.rate) == [.hertz100, .hertz50])
        let writes = bench.device.receivedPackets.filter { $0.first == 0x52 && $0[4] == 0xAA && $0[5] != 0x27 }.map {
            $0.dropFirst(3)
        }
        #expect(writes == [[0xFF, 0xAA, 0x69, 0x88, 0xB5], [0xFF, 0xAA, 0x03, 0x08, 0], [0xFF, 0xAA, 0, 0, 0]])
        let before = samples(bench)
        await bench.run(until: .seconds(8))
        #expect(samples(bench) - before >= 92 && samples(bench) - before <= 104)
        bench.close()
    }

    @Test("a value out of range is refused with words, and nothing is set before the sensor is ready")
    func refusals() async throws {
        let bench = try bench()
        #expect(try !bench.link.withSession { try $0.apply(.rate(.hertz50)) })
        await bench.run(until: .seconds(1))
        #expect(throws: DeviceCommandError.self) {
            try bench.link.withSession { try $0.apply(.detectionCycle(0)) }
        }
        bench.close()
    }

    @Test("a sensor that does not let packets grow is told of, and its cut frames are seen for what they are")
    func smallPackets() async throws {
        let bench = try bench(mtu: nil)
        await bench.run(until: .seconds(5))
        #expect(notices(bench).contains(.mtuRejected) && notices(bench).contains(.ready(mtu: 23)))
        #expect(samples(bench) == 0)
        #expect(bench.readings.contains(.cutOff(byteCount: 20)))
        bench.close()
    }

    @Test("a sensor that never says anything is asked, and given up")
    func silence() async throws {
        let bench = try SessionTestBed(BT50Session(), SilentDevice(services: VirtualBT50.serviceTable))
        await bench.run(until: .milliseconds(26_900))
        #expect(bench.errors.isEmpty)
        await bench.run(until: .seconds(28))
        #expect(bench.errors == [.closed] && bench.timers.count == 0)
        #expect(bench.outputs.count { $0.output == .sessionEvent(.ended(.silent)) } == 1)
        bench.close()
    }

    @Test("a sensor whose rate is known and that falls silent is given up within seconds")
    func laterSilence() async throws {
        let bench = try SessionTestBed(BT50Session(), FadingDevice())
        await bench.run(until: .milliseconds(14_900))
        #expect(bench.errors.isEmpty)
        await bench.run(until: .milliseconds(15_500))
        #expect(bench.errors == [.closed])
        bench.close()
    }

    @Test("a sensor set to be slow is not taken for a silent one")
    func slow() async throws {
        let bench = try bench(.init(rate: .oneInTwoSeconds))
        await bench.run(until: .seconds(120))
        #expect(bench.errors.isEmpty)
        #expect(samples(bench) >= 52)
        bench.close()
    }

    @Test("momentary values say nothing of the battery, so it is asked for, about once a minute")
    func batteryInNowData() async throws {
        let bench = try bench(.init(nowData: true))
        await bench.run(until: .seconds(200))
        let reads = bench.device.receivedPackets.count { $0.first == 0x52 && $0[5] == 0x27 && $0[6] == 0x64 }
        #expect(reads >= 3 && reads <= 6)
        #expect(bench.errors.isEmpty)
        bench.close()
    }

    @Test("after a lost link everything begins anew, and samples go on")
    func reconnecting() async throws {
        let bench = try bench(.init(resets: [.seconds(4)]))
        await bench.run(until: .seconds(5))
        #expect(bench.errors == [.peerDisconnected])
        try bench.reconnect()
        let before = samples(bench)
        await bench.run(until: .seconds(10))
        #expect(samples(bench) - before > 450)
        #expect(notices(bench).filter { $0 == .ready(mtu: 247) }.count == 2)
        bench.close()
    }
}

/// A BT50 whose voice goes after ten seconds, while its radio goes on.
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
