import Clocks
import Devices
import Events
import Signals
import Testing

@testable import VirtualDevices

@Suite("Virtual heart board") struct VirtualHeartBoardTests {
    /// The decoded datagrams up to a time.
    private func readings(
        of board: VirtualHeartBoard, until end: Nanoseconds
    ) throws -> [(time: Nanoseconds, reading: HeartReading)] {
        var board = board
        var readings: [(Nanoseconds, HeartReading)] = []
        while true {
            let emission = board.nextDatagram()
            guard emission.time < end else { return readings }
            readings.append((emission.time, try HeartReading(datagram: emission.bytes[...])))
        }
    }

    @Test("datagrams have the firmware's key order and no spaces")
    func bytes() throws {
        var board = VirtualHeartBoard(user: 3, seed: 1)
        let bytes = board.nextDatagram().bytes
        let reading = try HeartReading(datagram: bytes[...])
        let (clock, strength) = try (#require(reading.timestamp), #require(reading.signalStrength))
        let (infrared, red) = try (#require(reading.infrared), #require(reading.red))
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                {"user":3,"bpm":\(reading.rate),"timestamp":\(clock.integer),"signal_strength":\(strength.integer),\
                "ir_value":\(infrared.integer),"red_value":\(red.integer),"finger_detected":true,\
                "sensor_type":"MAX30102"}
                """)
    }

    @Test("the same seed gives the same datagrams, another seed different ones")
    func seeds() {
        let faults = Set(HeartBoardFaultKind.allCases)
        var first = VirtualHeartBoard(user: 1, seed: 7, randomFaults: faults)
        var second = VirtualHeartBoard(user: 1, seed: 7, randomFaults: faults)
        var other = VirtualHeartBoard(user: 1, seed: 8, randomFaults: faults)
        var differences = 0
        for _ in 0..<200 {
            let emission = first.nextDatagram()
            #expect(emission == second.nextDatagram())
            if emission != other.nextDatagram() { differences += 1 }
        }
        #expect(differences > 150)
    }

    @Test("sends at the requested rate", arguments: [0.5, 1, 1.5, 20, 500])
    func rate(rate: Double) throws {
        let board = VirtualHeartBoard(user: 1, seed: 2, interval: Nanoseconds(seconds: 1 / rate))
        let readings = try readings(of: board, until: Nanoseconds(seconds: 100 / rate))
        #expect((98...101).contains(readings.count))
        for (earlier, later) in zip(readings, readings.dropFirst()) { #expect(later.time > earlier.time) }
    }

    @Test("rates are plausible: 0 at first, then 41 to 199, varying, without large steps")
    func heart() throws {
        for seed in 0..<4 as Range<UInt64> {
            let readings = try readings(of: VirtualHeartBoard(user: 1, seed: seed), until: .seconds(900))
            let rates = readings.drop { $0.reading.beatsPerMinute == .integer(0) }.map { $0.reading.rate }
            #expect(readings.count - rates.count < 6)
            #expect(rates.allSatisfy { (41...199).contains($0) })
            #expect(Set(rates).count > 15)
            #expect(rates.min().map { $0 < 80 } == true)
            let leaps = zip(rates, rates.dropFirst()).map { abs($0 - $1) }
            #expect(leaps.allSatisfy { $0 <= 15 })
        }
    }

    @Test("readings of a board without faults contain hardly any outliers and no gaps")
    func smoothed() throws {
        var signal = HeartSignal()
        var outliers = 0
        let readings = try readings(of: VirtualHeartBoard(user: 1, seed: 4), until: .seconds(900))
        for (_, reading) in readings.dropFirst(10) {
            switch try signal.receive(Double(reading.rate), fingerDetected: true) {
            case .rate(_, .median): outliers += 1
            case .rate: break
            case .none(let reason): Issue.record("no rate: \(reason)")
            }
        }
        #expect(outliers < readings.count / 50)
    }

    @Test("the clock counts milliseconds since the start and wraps at 32 bits")
    func clock() throws {
        let uptime = Nanoseconds.milliseconds(1 << 32) - .seconds(30)
        let board = VirtualHeartBoard(user: 1, seed: 3, uptime: uptime)
        for (time, reading) in try readings(of: board, until: .seconds(60)) {
            let expected = ((uptime + time).count / 1_000_000) & 0xFFFF_FFFF
            #expect(reading.timestamp == .integer(expected))
        }
    }
}

extension HeartReading {
    /// The rate, which the firmware sends as an integer.
    var rate: Int { Int(beatsPerMinute.doubleValue) }
}

extension HeartNumber {
    fileprivate var integer: Int { Int(doubleValue) }
}

@Suite("Serial output of the virtual heart board") struct HeartBoardSerialOutputTests {
    private func items(of text: [UInt8]) -> (items: [HeartSerialItem], ignored: Int) {
        var decoder = HeartSerialDecoder()
        var items: [HeartSerialItem] = []
        decoder.feed(text[...], into: &items)
        return (items, decoder.ignoredLines)
    }

    @Test("the decoder reads the output, which contains the sent datagrams")
    func roundTrip() throws {
        var printer = VirtualHeartBoard(user: 2, seed: 9)
        var sender = VirtualHeartBoard(user: 2, seed: 9)
        let (items, ignored) = items(of: printer.serialText(until: .seconds(30)))
        #expect(ignored < 12)
        #expect(items.prefix(3) == [.status(.started(device: "2")), .status(.sensorFound), .status(.networkJoined)])
        let printed = items.compactMap { item -> HeartReading? in
            if case .reading(let reading) = item { reading } else { nil }
        }
        #expect(printed.count >= 28)
        for reading in printed { #expect(try reading == HeartReading(datagram: sender.nextDatagram().bytes[...])) }
        let beats = items.filter { if case .beat = $0 { true } else { false } }.count
        #expect((20...60).contains(beats))
        let contacts = items.filter { if case .contact(.good, _) = $0 { true } else { false } }.count
        #expect((2_000...3_000).contains(contacts))
    }

    @Test("prints weak and missing contact, a lost network and a reboot")
    func faults() {
        let script = [
            ScheduledHeartBoardFault(.fingerLifted, at: .seconds(5), for: .seconds(5)),
            ScheduledHeartBoardFault(.dropOut, at: .seconds(15), for: .seconds(3)),
            ScheduledHeartBoardFault(.reboot, at: .seconds(25), for: .milliseconds(1)),
            ScheduledHeartBoardFault(.malformed(.truncated), at: .seconds(35), for: .seconds(2)),
        ]
        var board = VirtualHeartBoard(user: 1, seed: 9, script: script)
        let (items, _) = items(of: board.serialText(until: .seconds(40)))
        let contacts = items.compactMap { item -> HeartContact? in
            if case .contact(let contact, _) = item { contact } else { nil }
        }
        #expect(Set(contacts) == [.good, .weak, .none])
        #expect(items.filter { $0 == .status(.networkLost) }.count == 1)
        #expect(items.filter { $0 == .status(.started(device: "1")) }.count == 2)
        let refused = items.compactMap { item -> HeartSerialItem.Reject? in
            if case .rejected(let refusal) = item { refusal } else { nil }
        }
        #expect((1...3).contains(refused.count))
        #expect(refused.allSatisfy { $0.name == "reading:not_json" })
    }
}
