import Devices
import JSON
import TestSupport
import Testing

extension DeviceDecoder {
    mutating func readings(_ bytes: some Collection<UInt8>) -> [Reading] {
        var readings: [Reading] = []
        feed(Array(bytes)[...]) { readings.append($0) }
        return readings
    }

    /// Decodes all bytes and flushes.
    mutating func decodeAll(in bytes: [UInt8], chunkSize length: () -> Int) -> [Reading] {
        var readings: [Reading] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(max(1, length()), rest.count)
            feed(rest.prefix(count)) { readings.append($0) }
            rest = rest.dropFirst(count)
        }
        flush { readings.append($0) }
        return readings
    }
}

extension DecoderVariant {
    /// The log of these steps as in vectors.jsonl: without the details of rejects, which may change.
    func readings(_ steps: [DecoderStep]) throws -> JSONValue {
        var decoder = makeDecoder()
        var log = ReadingLog()
        for step in steps {
            switch step {
            case .bytes(let bytes): decoder.feed(bytes[...], into: &log)
            case .silence: decoder.finish(into: &log)
            }
        }
        return .array(
            try log.drainLines().split(separator: UInt8(ascii: "\n")).map { line in
                var object = JSONObject()
                for member in try JSONValue(parsing: line, limits: .stored).objectValue?.members ?? []
                where member.key != "detail" {
                    object.set(member.key, to: member.value)
                }
                return .object(object)
            })
    }
}

/// Properties of every decoder.
enum DecoderProperties {
    /// Chunk boundaries do not affect the readings.
    static func checkChunkingInvariance<Decoder: DeviceDecoder>(
        _ decoder: Decoder, _ bytes: [UInt8], seed: UInt64, _ comment: Comment
    ) {
        var random = SeededGenerator(seed: seed)
        var reference = decoder
        let expected = reference.decodeAll(in: bytes) { bytes.count }
        for cuts in [1...1, 1...5, 1...60] {
            var copy = decoder
            let readings = copy.decodeAll(in: bytes) { Int.random(in: cuts, using: &random) }
            #expect(readings == expected, comment)
            #expect(copy.counters == reference.counters, comment)
        }
    }

    /// After every message, every byte is accepted, rejected or pending.
    /// - Parameter message: makes hostile bytes.
    static func checkByteAccounting<Decoder: DeviceDecoder>(
        _ decoder: Decoder, seed: UInt64, rounds: Int = 20_000, _ message: (inout SeededGenerator) -> [UInt8]
    ) -> Decoder {
        var random = SeededGenerator(seed: seed)
        var decoder = decoder
        var fed = 0
        var lost = 0
        for _ in 0..<rounds {
            let bytes = message(&random)
            fed += bytes.count
            decoder.feed(bytes[...]) { _ in }
            if Int.random(in: 0..<20, using: &random) == 0 { decoder.flush { _ in } }
            let counters = decoder.counters
            let known = Int(counters.acceptedBytes + counters.rejectedBytes) + decoder.pendingByteCount
            if known != fed { lost += 1 }
        }
        #expect(lost == 0)
        decoder.flush { _ in }
        #expect(decoder.pendingByteCount == 0)
        return decoder
    }
}

@Suite("Decoder counters") struct DecoderCountersTests {
    @Test("counts each reason separately, and accepted and rejected bytes", arguments: DecoderReject.Reason.allCases)
    func reasons(reason: DecoderReject.Reason) {
        var counters = DecoderCounters()
        counters.accept(byteCount: 14)
        counters.accept(byteCount: 12)
        counters.reject(DecoderReject(reason, "a test", byteCount: 5))
        counters.reject(DecoderReject(reason, "a test", byteCount: 2))
        #expect(counters.frames == 2)
        #expect(counters.acceptedBytes == 26)
        #expect(counters.rejectedBytes == 7)
        #expect(counters.rejectCount == 2)
        for other in DecoderReject.Reason.allCases { #expect(counters[other] == (other == reason ? 2 : 0)) }
    }

    @Test("describes a reject with reason, detail and size")
    func description() {
        let reject = DecoderReject(.truncated, "cut off at 20 bytes", byteCount: 20)
        #expect("\(reject)" == "truncated: cut off at 20 bytes (20 bytes)")
    }
}
