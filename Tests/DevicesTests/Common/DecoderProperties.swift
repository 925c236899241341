import Devices
import JSON
import Testing

extension DeviceDecoder {
    mutating func readings(_ bytes: some Collection<UInt8>) -> [Reading] {
        var readings: [Reading] = []
        feed(Array(bytes)[...]) { readings.append($0) }
        return readings
    }

    /// Everything at once, and the end.
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
    /// What `decode` prints for these steps, as vectors.jsonl writes it: the details of rejects are for people, and may
    /// change.
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
                for member in try JSONValue(parsing: line).objectValue?.members ?? [] where member.key != "detail" {
                    object.set(member.key, to: member.value)
                }
                return .object(object)
            })
    }
}

/// What holds for every decoder.
enum DecoderProperties {
    /// However a stream is cut, it reads the same.
    static func checkChunkingInvariance<Decoder: DeviceDecoder>(
        _ decoder: Decoder, _ bytes: [UInt8], seed: UInt64, _ comment: Comment
    ) {
        var random = SplitMix(seed: seed)
        var reference = decoder
        let expected = reference.decodeAll(in: bytes) { bytes.count }
        for cuts in [1...1, 1...5, 1...60] {
            var copy = decoder
            let readings = copy.decodeAll(in: bytes) { Int.random(in: cuts, using: &random) }
            #expect(readings == expected, comment)
            #expect(copy.counters == reference.counters, comment)
        }
    }

    /// Nothing crashes, and every byte is accepted, refused or pending after every message.
    /// - Parameter message: makes hostile bytes.
    static func checkByteAccounting<Decoder: DeviceDecoder>(
        _ decoder: Decoder, seed: UInt64, rounds: Int = 20_000, _ message: (inout SplitMix) -> [UInt8]
    ) -> Decoder {
        var random = SplitMix(seed: seed)
        var decoder = decoder
        var fed = 0
        var lost = 0
        for _ in 0..<rounds {
            let bytes = message(&random)
            fed += bytes.count
            decoder.feed(bytes[...]) { _ in }
            if Int.random(in: 0..<20, using: &random) == 0 { decoder.flush { _ in } }
            let tally = decoder.counters
            let known = Int(tally.acceptedBytes + tally.rejectedBytes) + decoder.pendingByteCount
            if known != fed { lost += 1 }
        }
        #expect(lost == 0)
        decoder.flush { _ in }
        #expect(decoder.pendingByteCount == 0)
        return decoder
    }
}
