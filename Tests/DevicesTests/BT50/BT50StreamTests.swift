import Devices
import TestSupport
import Testing

/// Generates frames of all kinds with random plausible values.
struct BT50FrameGenerator {
    var random: SeededGenerator
    /// Whether many values resemble a header.
    var isTricky = true

    mutating func vibration(length: Int) -> [UInt8] {
        var frame: [UInt8] = [0x55, 0x61]
        for _ in 0..<6 {
            append(trickyWord(), &frame)
        }
        append(.random(in: -4_000...8_500, using: &random), &frame)
        for _ in 0..<6 { append(.random(in: .min ... .max, using: &random), &frame) }
        if length == 32 {
            append(.random(in: 0...63, using: &random), &frame)
            append(.random(in: 0...500, using: &random), &frame)
        }
        return frame
    }

    mutating func motion() -> [UInt8] {
        var frame: [UInt8] = [0x55, 0x61, 15, 1, 1, 0, UInt8.random(in: 0..<60, using: &random), 7]
        append(.random(in: 0..<1_000, using: &random), &frame)
        for _ in 0..<15 {
            append(trickyWord(), &frame)
        }
        return frame
    }

    mutating func registers() -> [UInt8] {
        var frame: [UInt8] = [0x55, 0x71, UInt8.random(in: 0x3A...0x64, using: &random), 0]
        for _ in 0..<8 { append(.random(in: .min ... .max, using: &random), &frame) }
        return frame
    }

    private mutating func trickyWord() -> Int16 {
        isTricky && Bool.random(using: &random) ? 0x6155 : .random(in: .min ... .max, using: &random)
    }

    private func append(_ word: Int16, _ frame: inout [UInt8]) {
        let bits = UInt16(bitPattern: word)
        frame += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
    }
}

@Suite("BT50 streams and damage") struct BT50StreamTests {
    private func kinds(_ readings: [BT50Reading]) -> [String] {
        readings.map { reading in
            switch reading {
            case .vibration: "vibration"
            case .motion: "motion"
            case .registers: "registers"
            case .cutOff: "cut off"
            case .rejected(let reject): reject.reason.rawValue
            }
        }
    }

    @Test("decodes a damaged stream independently of chunk boundaries", arguments: 1...20)
    func chunking(seed: UInt64) {
        var generator = BT50FrameGenerator(random: SeededGenerator(seed: seed))
        var bytes: [UInt8] = []
        for _ in 0..<120 {
            switch Int.random(in: 0..<10, using: &generator.random) {
            case 0: bytes += generator.registers()
            case 1...3: bytes += generator.motion()
            case 4: bytes += generator.vibration(length: 28)
            default: bytes += generator.vibration(length: 32)
            }
        }
        for _ in 0..<Int(seed % 5) * 4 {
            let place = Int.random(in: 0..<bytes.count, using: &generator.random)
            if Bool.random(using: &generator.random) { bytes.remove(at: place) } else { bytes[place] ^= 0x55 }
        }
        DecoderProperties.checkChunkingInvariance(BT50Decoder(framing: .stream), bytes, seed: seed, "seed \(seed)")
    }

    @Test("decodes the first complete frame after noise of any length", arguments: [false, true])
    func resynchronisation(isStream: Bool) {
        var generator = BT50FrameGenerator(random: SeededGenerator(seed: 8))
        for count in 1...200 {
            var decoder = BT50Decoder(framing: isStream ? .stream : .notifications)
            let isMotion = count % 2 == 0
            let frames = (0..<3).map { _ in isMotion ? generator.motion() : generator.vibration(length: 32) }
            var noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator.random) }
            // Noise must not contain a frame or end like the beginning of one.
            while noise.contains(0x55) { noise.removeAll { $0 == 0x55 } }
            var readings = decoder.readings(noise + frames.joined())
            decoder.flush { readings.append($0) }
            let kind = isMotion ? "motion" : "vibration"
            let expected = (noise.isEmpty ? [] : ["resynchronised"]) + [kind, kind, kind]
            #expect(kinds(readings) == expected, "\(count)")
        }
    }

    @Test("loses at most one frame after noise with headers")
    func resynchronisationAmongHeaders() {
        var generator = BT50FrameGenerator(random: SeededGenerator(seed: 9), isTricky: false)
        var lost = 0
        for count in 1...300 {
            var decoder = BT50Decoder(framing: .stream)
            var noise: [UInt8] = []
            while noise.count < count {
                noise +=
                    [[0x55, 0x61], [0x55], [0x55, 0x71], [UInt8.random(in: 0...255, using: &generator.random)]]
                    .randomElement(using: &generator.random) ?? []
            }
            let frames = (0..<4).map { _ in generator.vibration(length: 32) }
            var readings = decoder.readings(noise + frames.joined())
            decoder.flush { readings.append($0) }
            let found = kinds(readings.suffix(4)).prefix { $0 == "vibration" }.count
            #expect(kinds(readings.suffix(3)) == ["vibration", "vibration", "vibration"], "\(count)")
            if found < 4 { lost += 1 }
        }
        #expect(lost < 30)
    }

    @Test("decodes notifications with mixed frames")
    func mixtures() {
        var generator = BT50FrameGenerator(random: SeededGenerator(seed: 10))
        var decoder = BT50Decoder()
        for round in 0..<500 {
            var expected: [String] = []
            var notification: [UInt8] = []
            let usesMotion = round % 2 == 0
            for _ in 0..<Int.random(in: 1...5, using: &generator.random) {
                if Int.random(in: 0..<6, using: &generator.random) == 0 {
                    notification += generator.registers()
                    expected.append("registers")
                } else {
                    notification += usesMotion ? generator.motion() : generator.vibration(length: 32)
                    expected.append(usesMotion ? "motion" : "vibration")
                }
            }
            #expect(kinds(decoder.readings(notification)) == expected, "round \(round)")
        }
        #expect(decoder.counters.rejectCount == 0)
    }

    @Test("accounts for every hostile byte", arguments: [false, true])
    func hostile(isStream: Bool) {
        var generator = BT50FrameGenerator(random: SeededGenerator(seed: 11))
        let decoder = BT50Decoder(framing: isStream ? .stream : .notifications)
        let counters = DecoderProperties.checkByteAccounting(decoder, seed: 12) { random in
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes += generator.registers()
                case 1: bytes += generator.motion()
                case 2: bytes += [0x55, [0x61, 0x71, 0x55, 0].randomElement(using: &random) ?? 0]
                case 3:
                    bytes += (0..<Int.random(in: 1...40, using: &random)).map { _ in
                        .random(in: 0...255, using: &random)
                    }
                default: bytes += generator.vibration(length: 32)
                }
            }
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes.remove(at: .random(in: 0..<bytes.count, using: &random))
            }
            return bytes
        }.counters
        #expect(counters.frames > 5_000)
        for reason in [DecoderReject.Reason.range, .truncated, .resynchronised] {
            #expect(counters[reason] > 0 || (isStream && reason != .resynchronised), "\(reason)")
        }
    }
}
