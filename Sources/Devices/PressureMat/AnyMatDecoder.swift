import JSON

/// Decodes a mat whose form is not known: it listens until one form explains what it hears, and then begins again with
/// what it has heard.
struct AnyMatDecoder: LoggingDecoder {
    private var detector = MatDetector()
    private var decoder: MatDecoder?

    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
        var rest = bytes
        while decoder == nil, !rest.isEmpty {
            // In pieces, because what was fed to the listener too much would be forgotten.
            let piece = rest.prefix(4_096)
            rest = rest[piece.endIndex...]
            switch detector.feed(piece) {
            case .needsMoreBytes: break
            case .recognised(let finding): startDecoding(finding, into: &log)
            case .gaveUp: rejectUnrecognised(into: &log)
            }
        }
        decoder?.feed(rest) { log.item($0) }
    }

    mutating func finish(into log: inout ReadingLog) {
        if decoder == nil, !detector.receivedBytes.isEmpty { rejectUnrecognised(into: &log) }
        decoder?.finish { log.item($0) }
        self = Self()
    }

    private mutating func startDecoding(_ finding: MatDetector.Match, into log: inout ReadingLog) {
        var decoder = MatDecoder(finding.mat)
        log.reading("form") { writer in
            writer.member("form", finding.mat.name)
            writer.member("confidence", finding.confidence, decimals: 2)
        }
        decoder.feed(detector.receivedBytes[...]) { log.item($0) }
        self.decoder = decoder
        detector = MatDetector()
    }

    /// Nothing was found in what was heard; perhaps in what follows.
    private mutating func rejectUnrecognised(into log: inout ReadingLog) {
        log.reject(
            "unknown", "no known mat, or too little of one: name its form", byteCount: detector.receivedBytes.count)
        detector = MatDetector()
    }
}
