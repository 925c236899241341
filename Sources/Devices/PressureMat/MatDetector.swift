import JSON

/// Detects the model of a mat: buffers bytes until exactly one model matches.
package struct MatDetector: Sendable {
    package struct Match: Sendable {
        package let mat: KnownMat
        /// From 0 to 1.
        package let confidence: Double
    }

    package enum Step: Sendable {
        /// More bytes are needed.
        case needsMoreBytes
        case recognised(Match)
        /// So many bytes were received that more would not help.
        case gaveUp
    }

    private var sniffer = SerialSniffer(baudRate: 0, candidates: PressureMatDriver.serialCandidates)
    /// All bytes received, so that decoding can start from the first.
    package private(set) var receivedBytes: [UInt8] = []

    package init() {}

    /// - Parameter bytes: at most a few thousand; bytes beyond the last one examined are ignored.
    package mutating func feed(_ bytes: ArraySlice<UInt8>) -> Step {
        sniffer.feed(bytes)
        receivedBytes += bytes
        if let match { return .recognised(match) }
        return sniffer.acceptsMoreBytes ? .needsMoreBytes : .gaveUp
    }

    /// Ends the stream.
    package mutating func finish() -> Match? {
        sniffer.finish()
        return match
    }

    private var match: Match? {
        guard case .recognised(let match) = SerialIdentification([sniffer]), let mat = KnownMat.named(match.variant)
        else { return nil }
        return Match(mat: mat, confidence: match.confidence)
    }
}

/// Decodes a mat of unknown model: buffers bytes until exactly one model matches, then decodes from the beginning of
/// the buffer.
struct AnyMatDecoder: LoggingDecoder {
    private var detector = MatDetector()
    private var decoder: MatDecoder?

    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
        var rest = bytes
        while decoder == nil, !rest.isEmpty {
            // In chunks, because the detector ignores excess bytes.
            let piece = rest.prefix(4_096)
            rest = rest[piece.endIndex...]
            switch detector.feed(piece) {
            case .needsMoreBytes: break
            case .recognised(let match): startDecoding(match, into: &log)
            case .gaveUp: rejectUnrecognised(into: &log)
            }
        }
        decoder?.feed(rest) { log.item($0) }
    }

    mutating func finish(into log: inout ReadingLog) {
        if decoder == nil, !detector.receivedBytes.isEmpty {
            if let match = detector.finish() {
                startDecoding(match, into: &log)
            } else {
                rejectUnrecognised(into: &log)
            }
        }
        decoder?.finish { log.item($0) }
        self = Self()
    }

    private mutating func startDecoding(_ match: MatDetector.Match, into log: inout ReadingLog) {
        var decoder = MatDecoder(match.mat)
        log.reading("form") { writer in
            writer.member("form", match.mat.name)
            writer.member("confidence", match.confidence, decimals: 2)
        }
        decoder.feed(detector.receivedBytes[...]) { log.item($0) }
        self.decoder = decoder
        detector = MatDetector()
    }

    /// No model matched; the following bytes may.
    private mutating func rejectUnrecognised(into log: inout ReadingLog) {
        log.reject(
            "unknown", "no mat recognised: name its variant", byteCount: detector.receivedBytes.count)
        detector = MatDetector()
    }
}
