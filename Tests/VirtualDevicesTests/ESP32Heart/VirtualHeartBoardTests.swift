import Clocks
import Devices
import Events
import Signals
import Testing

@testable import VirtualDevices

@Suite("Virtual heart board") struct VirtualHeartBoardTests {
    /// What the board sends within a time, decoded as the gateway does it.
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

    @Test("sends the firmware's keys in the firmware's order, without spaces")
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

    @Test("the same seed sends the same bytes at the same times, another seed others")
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

    @Test("keeps the rate that was asked for", arguments: [0.5, 1, 1.5, 20, 500])
    func rate(rate: Double) throws {
        let board = VirtualHeartBoard(user: 1, seed: 2, interval: Nanoseconds(seconds: 1 / rate))
        let readings = try readings(of: board, until: Nanoseconds(seconds: 100 / rate))
        #expect((98...101).contains(readings.count))
        for (earlier, later) in zip(readings, readings.dropFirst()) { #expect(later.time > earlier.time) }
    }

    @Test("a heart is believable: 0 at first, then 41 to 199, restless, and never far off in one second")
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

    @Test("the smoother meets no outlier and no gap in a healthy board's readings")
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
