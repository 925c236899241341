import Devices
import Events
import JSON
import TestSupport
import Testing

/// Devices with protocols small enough for one table of vectors.
@Suite("Heart-rate straps, SG Timer and SpecialPie") struct SmallDevicesTests {
    struct Example: CustomTestStringConvertible, Sendable {
        let device: DeviceFamily
        let vector: ProtocolVector
        var testDescription: String { "\(device.rawValue): \(vector.name)" }

        static func all() throws -> [Self] {
            try [DeviceFamily.heartStrap, .specialPie, .sgTimer].flatMap { device in
                try ProtocolVector.load(device.rawValue, having: "notifications").map {
                    Self(device: device, vector: $0)
                }
            }
        }
    }

    @Test("decode as in the protocol vectors", arguments: try Example.all())
    func vector(example: Example) throws {
        let name = try #require(example.vector.content["form"]?.stringValue)
        let variant = try #require(DecoderVariant.variants(of: example.device).first { $0.name == name })
        let found = try variant.readings(try DecoderStep.steps(example.vector.content["notifications"]))
        #expect(found.isEquivalent(to: example.vector.content["readings"]), "\(found)")
    }

    @Test("has enough vectors")
    func coverage() throws {
        let examples = try Example.all()
        for device in [DeviceFamily.heartStrap, .specialPie, .sgTimer] {
            #expect(examples.filter { $0.device == device }.count >= 10)
        }
    }

    @Test("decodes SpecialPie frames independently of chunk boundaries", arguments: 1...10)
    func chunking(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<200 {
            let group = UInt8.random(in: 0xF7...0xFA, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes += [0xF8, 0xF9, 0x34, group, 0xF9, 0xF8]
            case 1: bytes += [0xF8, 0xF9, 0x18, group, 0xF9, 0xF8]
            case 2:
                bytes += (0..<Int(seed)).map { _ in [0xF8, 0xF9, 0x36, 0x34, 0].randomElement(using: &random) ?? 0 }
            default:
                bytes += [
                    0xF8, 0xF9, 0x36, group, 0xF8, UInt8.random(in: 0...101, using: &random), 1, group, 0xF9, 0xF8,
                ]
            }
        }
        DecoderProperties.checkChunkingInvariance(SpecialPieDecoder(), bytes, seed: seed, "seed \(seed)")
    }

    @Test("decodes the first complete SpecialPie frame after noise of any length")
    func resynchronisation() {
        var random = SeededGenerator(seed: 3)
        for count in 1...200 {
            let odd: [UInt8] = [0xF8, 0x36, 0x00, 0xF9]
            let noise: [UInt8] = (0..<count).map { _ in odd.randomElement(using: &random) ?? 0 } + [0]
            var decoder = SpecialPieDecoder()
            let frames: [UInt8] = [0xF8, 0xF9, 0x34, 7, 0xF9, 0xF8, 0xF8, 0xF9, 0x18, 7, 0xF9, 0xF8]
            let readings = decoder.readings(noise + frames)
            #expect(Array(readings.suffix(2)) == [.started(group: 7), .stopped(group: 7)], "\(count)")
        }
    }

    @Test("maps frames to events of a string")
    func actions() {
        var pie = SpecialPieDecoder()
        let frames: [UInt8] = [0xF8, 0xF9, 0x34, 3, 0xF9, 0xF8, 0xF8, 0xF9, 0x18, 3, 0xF9, 0xF8]
        #expect(pie.readings(frames).map(\.action) == [.started, .stopped(last: nil)])
        let shots = pie.readings([0xF8, 0xF9, 0x36, 0, 1, 50, 0, 3, 0xF9, 0xF8]).map(\.action)
        let time = 1.5
        guard case .shot(let shot)?? = shots.first else {
            Issue.record("no shot")
            return
        }
        #expect(shot.time.inSeconds == time && shot.split.inSeconds == time && shot.number == 1 && shot.first == nil)
        var timer = SGDecoder(.event)
        #expect(timer.readings([5, 5, 1, 2, 3, 4]).map(\.action) == [.started])
        #expect(timer.readings([7, 3, 1, 2, 3, 4, 0, 0]).map(\.action) == [.stopped(last: nil)])
        #expect(timer.readings([7, 1, 1, 2, 3, 4, 0, 0]).map(\.action) == [nil])
    }

    @Test("converts strap intervals from 1/1,024 s")
    func intervals() {
        var strap = HeartStrapDecoder(.measurement)
        guard case .measurement(let measurement)? = strap.readings([0x10, 60, 0x00, 0x04, 0x00, 0x02]).first else {
            Issue.record("no measurement")
            return
        }
        #expect(measurement.intervalDurations == [.seconds(1), .milliseconds(500)])
    }

    @Test("accounts for every hostile byte")
    func hostile() {
        let message: (inout SeededGenerator) -> [UInt8] = { random in
            (0..<Int.random(in: 0...14, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? .random(in: 0...255, using: &random)
                    : [0xF8, 0xF9, 0x36, 0x34, 0x18, 0, 1, 2, 4, 5, 7, 0x16].randomElement(using: &random) ?? 0
            }
        }
        let pie = DecoderProperties.checkByteAccounting(SpecialPieDecoder(), seed: 1, message)
        #expect(pie.counters[.checksum] > 0 && pie.counters[.unknown] > 0 && pie.counters[.resynchronised] > 0)
        for characteristic in [SGDecoder.Characteristic.event, .command, .shotList] {
            let timer = DecoderProperties.checkByteAccounting(SGDecoder(characteristic), seed: 2, message)
            #expect(timer.counters.frames > 0 && timer.counters[.length] > 0)
        }
        let strap = DecoderProperties.checkByteAccounting(HeartStrapDecoder(.measurement), seed: 3, message)
        #expect(strap.counters.frames > 0 && strap.counters[.length] > 0)
        let battery = DecoderProperties.checkByteAccounting(HeartStrapDecoder(.battery), seed: 4, message)
        #expect(battery.counters.frames > 0 && battery.counters[.range] > 0)
    }
}
