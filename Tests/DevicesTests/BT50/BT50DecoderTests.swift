import Clocks
import Devices
import JSON
import Testing

@Suite("BT50 decoder") struct BT50DecoderTests {
    static let vectors = Result { try ProtocolVector.load("bt50", having: "notifications") }
    static let streamVectors = Result { try ProtocolVector.load("bt50", having: "stream") }

    @Test("decodes the notifications of the protocol vectors", arguments: try vectors.get())
    func notifications(vector: ProtocolVector) throws {
        let variant = try #require(DecoderVariant.variants(of: .bt50).first { $0.name == "notification" })
        let found = try variant.readings(try DecoderStep.steps(vector.content["notifications"]))
        #expect(found.isEquivalent(to: vector.content["readings"]), "\(found)")
    }

    @Test("decodes the streams of the protocol vectors in chunks of any size", arguments: try streamVectors.get())
    func streams(vector: ProtocolVector) throws {
        let variant = try #require(DecoderVariant.variants(of: .bt50).first { $0.name == "stream" })
        let bytes = try vector.bytes("stream")
        for size in [1, 7, 33, 10_000] {
            let steps = stride(from: 0, to: bytes.count, by: size).map {
                DecoderStep.bytes(Array(bytes[$0..<min($0 + size, bytes.count)]))
            }
            let found = try variant.readings(steps + [.silence])
            #expect(found.isEquivalent(to: vector.content["readings"]), "by \(size): \(found)")
        }
    }

    @Test("vectors cover every kind of reading")
    func coverage() throws {
        let vectors = try Self.vectors.get()
        #expect(vectors.count >= 30)
        #expect(vectors.filter { $0.content["origin"]?.stringValue == "capture" }.count >= 20)
        let readings = vectors.flatMap { $0.content["readings"]?.arrayValue ?? [] }
        #expect(
            Set(readings.compactMap { $0["reading"]?.stringValue }) == ["vibration", "motion", "registers", "cut_off"])
        #expect(Set(readings.compactMap { $0["reject"]?.stringValue }) == ["range", "resynchronised", "truncated"])
    }

    @Test("a frame and a register reply agree")
    func agreement() throws {
        var decoder = BT50Decoder()
        let frame = try ProtocolVector.bytes(hex: "5561110007001200e900f300390084092c011300ef0009000d000a0000009f01")
        let reply = try ProtocolVector.bytes(hex: "55713a00110007001200e900f300390084092c01")
        let readings = decoder.readings(frame + reply)
        guard readings.count == 2, case .vibration(let sample) = readings[0],
            case .registers(let registers) = readings[1]
        else {
            Issue.record("\(readings)")
            return
        }
        #expect(registers[.velocityX] == sample.velocity.x)
        #expect(registers[.temperature] == sample.temperature)
        #expect(registers[.battery] == nil)
        #expect(sample.celsius == 24.36)
        #expect(sample.volts == 4.15)
        #expect(sample.velocityInMillimetresPerSecond.z == 18)
        #expect(sample.frequency.x == 9)
    }

    @Test("decodes alarms")
    func alarms() throws {
        var decoder = BT50Decoder()
        let frame = "5561ffff0c000300004000c0ff7f1efb0100020003000500060007002d007401"
        guard case .vibration(let sample)? = decoder.readings(try ProtocolVector.bytes(hex: frame)).first else {
            Issue.record("no sample")
            return
        }
        #expect(sample.alarms == [.displacementX, .displacementZ, .frequencyX, .frequencyZ])
    }

    @Test("uses the latest sample rate read from a register")
    func rate() throws {
        var decoder = BT50Decoder(sampleInterval: .milliseconds(100))
        #expect(decoder.sampleInterval == .milliseconds(100))
        _ = decoder.readings(try ProtocolVector.bytes(hex: "557103000b00" + String(repeating: "00", count: 14)))
        #expect(decoder.sampleInterval == .milliseconds(5))
        // The register is among the eight, but not the first.
        _ = decoder.readings(try ProtocolVector.bytes(hex: "55710100000000000600" + String(repeating: "00", count: 10)))
        #expect(decoder.sampleInterval == .milliseconds(100))
        // An invalid rate leaves the previous one in place.
        _ = decoder.readings(try ProtocolVector.bytes(hex: "557103000a00" + String(repeating: "00", count: 14)))
        #expect(decoder.sampleInterval == .milliseconds(100))
        for rate in BT50Rate.allCases { #expect(abs(rate.hertz * rate.interval.inSeconds - 1) < 1e-9) }
    }

    @Test("ignores a chip clock that jumps within a notification")
    func clockJump() throws {
        let rest = String(repeating: "00", count: 30)
        for (first, second) in [("0f0101000207de03", "1a0101000207e703"), ("1a0101000207de03", "0f0101000207de03")] {
            var decoder = BT50Decoder(sampleInterval: .milliseconds(10))

            let ages = decoder.readings(try ProtocolVector.bytes(hex: "5561\(first)\(rest)5561\(second)\(rest)"))
                .compactMap { reading -> Nanoseconds? in
                    if case .motion(let sample) = reading { sample.age } else { nil }
                }
            #expect(ages == [.milliseconds(10), .zero])
        }
    }

    @Test("interpolates the vendor's battery table")
    func battery() {
        let known: [Int16: Int] = [
            -5: 0, 0: 0, 339: 0, 340: 0, 345: 3, 350: 5, 359: 8, 368: 10, 370: 15, 373: 20, 377: 30, 379: 40, 382: 50,
            387: 60, 390: 68, 393: 75, 396: 90, 398: 97, 399: 100, 400: 100, 441: 100, .max: 100,
        ]
        for (voltage, percent) in known { #expect(BT50Battery.percent(centivolts: voltage) == percent, "\(voltage)") }
        let all = (Int16(300)...450).map { BT50Battery.percent(centivolts: $0) }
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 })
    }
}
