import JSON

/// Decodes a mat whose form is not known: it listens until one form explains what it hears, and then begins again with
/// what it has heard.
struct AnyMatDecoder: FormDecoder {
    private var sniffer = Self.newSniffer()
    private var heard: [UInt8] = []
    private var decoder: MatDecoder?

    private static func newSniffer() -> SerialSniffer {
        SerialSniffer(baudRate: 0, candidates: SerialCandidate.mats)
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
        var rest = bytes
        while decoder == nil, !rest.isEmpty {
            // In pieces, because what was fed to the sniffer too much would be forgotten.
            let piece = rest.prefix(4_096)
            rest = rest[piece.endIndex...]
            sniffer.feed(piece)
            heard += piece
            listen(into: &log)
        }
        decoder?.feed(rest) { log.item($0) }
    }

    mutating func finish(into log: inout ReadingLog) {
        if decoder == nil, !heard.isEmpty { giveUp(into: &log) }
        decoder?.finish { log.item($0) }
        self = Self()
    }

    private mutating func listen(into log: inout ReadingLog) {
        if case .recognised(let finding) = SerialVerdict([sniffer]), let mat = KnownMat.named(finding.form) {
            var decoder = MatDecoder(mat)
            log.reading("form") { writer in
                writer.member("form", mat.name)
                writer.member("confidence", finding.confidence, decimals: 2)
            }
            decoder.feed(heard[...]) { log.item($0) }
            self.decoder = decoder
            heard = []
        } else if !sniffer.isListening {
            giveUp(into: &log)
        }
    }

    /// Nothing was found in what was heard; perhaps in what follows.
    private mutating func giveUp(into log: inout ReadingLog) {
        log.reject("unknown", "no known mat, or too little of one: name its form", byteCount: heard.count)
        heard.removeAll(keepingCapacity: true)
        sniffer = Self.newSniffer()
    }
}
