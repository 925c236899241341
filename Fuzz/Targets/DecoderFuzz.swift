import Clocks
import Devices

/// Invariants of every decoder: each byte is accepted, rejected for a reason, or held back; readings are counted; and
/// chunk boundaries in a stream do not matter.
enum DecoderFuzz {
    /// Messages preceded by their length: 0 to 254 bytes, or 255 for a silence.
    static func messages<Decoder: DeviceDecoder>(
        _ input: ArraySlice<UInt8>, to decoder: Decoder, check: (Decoder.Reading) throws -> Void = { _ in }
    ) throws {
        var decoder = decoder
        var rest = input
        var fed = 0
        var readings: [Decoder.Reading] = []
        while let length = rest.popFirst() {
            if length == 255 {
                decoder.flush { readings.append($0) }
            } else {
                let message = rest.prefix(Int(length))
                rest = rest.dropFirst(message.count)
                fed += message.count
                decoder.feed(message) { readings.append($0) }
            }
            try checkByteCounts(of: decoder, fed: fed)
        }
        decoder.flush { readings.append($0) }
        try checkByteCounts(of: decoder, fed: fed)
        try require(decoder.pendingByteCount == 0, "\(decoder.pendingByteCount) bytes held back after the end")
        for reading in readings { try check(reading) }
    }

    static func stream<Decoder: DeviceDecoder>(_ input: ArraySlice<UInt8>, to decoder: Decoder) throws {
        var whole = decoder
        var expected: [Decoder.Reading] = []
        whole.feed(input) { expected.append($0) }
        try checkByteCounts(of: whole, fed: input.count)
        whole.flush { expected.append($0) }
        try checkByteCounts(of: whole, fed: input.count)
        var cut = decoder
        var readings: [Decoder.Reading] = []
        for piece in Chunks(input) { cut.feed(piece) { readings.append($0) } }
        cut.flush { readings.append($0) }
        try require(readings == expected, "\(expected), in chunks: \(readings)")
        try require(cut.counters == whole.counters, "\(whole.counters), in chunks: \(cut.counters)")
    }

    private static func checkByteCounts<Decoder: DeviceDecoder>(of decoder: Decoder, fed: Int) throws {
        let counters = decoder.counters
        let known = Int(counters.acceptedBytes + counters.rejectedBytes) + decoder.pendingByteCount
        try require(known == fed, "\(known) bytes accounted for, \(fed) fed")
        try require(decoder.pendingByteCount <= 8_192, "\(decoder.pendingByteCount) bytes held back")
    }
}

/// Chunk boundaries in a capture do not affect the result. The first byte selects the variant and the notation.
enum CaptureFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let first = input.first else { return }
        let variant = DecoderVariant.all[Int(first >> 1) % DecoderVariant.all.count]
        guard let whole = CaptureReader(variant, as: first & 1 == 0 ? .hexLines : .bytes) else { return }
        let text = input.dropFirst()
        let (lines, errors) = read(whole, [text])
        let (cutLines, cutErrors) = read(whole, Chunks(text).map { $0 })
        try require(errors == cutErrors, "\(errors), in chunks: \(cutErrors)")
        try require(lines == cutLines, "\(variant.device) \(variant.name) decodes differently in chunks")
        try require(errors.allSatisfy { PrintableLine.isValid("\($0)") }, "not a printable line: \(errors)")
    }

    private static func read(
        _ reader: CaptureReader, _ pieces: [ArraySlice<UInt8>]
    ) -> (lines: [UInt8], errors: [CaptureReader.LineError]) {
        var reader = reader
        for piece in pieces { reader.feed(piece) }
        reader.finish()
        return (reader.drainLines(), reader.drainLineErrors())
    }
}

/// Chunk boundaries do not affect identification; confidence stays within 0 and 1.
enum SerialSnifferFuzz {
    /// Made once: each input begins with a copy.
    private static let sniffer = SerialSniffer(baudRate: 115_200)

    static func run(_ input: ArraySlice<UInt8>) throws {
        var whole = sniffer
        whole.feed(input)
        var cut = sniffer
        for piece in Chunks(input) { cut.feed(piece) }
        let matches = whole.matches
        try require(matches == cut.matches, "\(matches), in chunks: \(cut.matches)")
        for match in matches {
            try require((0...1).contains(match.confidence), "\(match): \(match.confidence)")
            try require(PrintableLine.isValid(match.description), "not a printable line: \(match)")
        }
        if case .unsure(let reason) = SerialIdentification([whole]) {
            try require(PrintableLine.isValid(reason), "not a printable line: \(reason)")
        }
    }
}
