import JSON

/// Decodes a mat whose form is not known: it listens until one form explains what it hears, and then begins again with
/// what it has heard.
struct AnyMatDecoder: FormDecoder {
    private var listener = MatListener()
    private var decoder: MatDecoder?

    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
        var rest = bytes
        while decoder == nil, !rest.isEmpty {
            // In pieces, because what was fed to the listener too much would be forgotten.
            let piece = rest.prefix(4_096)
            rest = rest[piece.endIndex...]
            switch listener.feed(piece) {
            case .listening: break
            case .recognised(let finding): begin(finding, into: &log)
            case .gaveUp: giveUp(into: &log)
            }
        }
        decoder?.feed(rest) { log.item($0) }
    }

    mutating func finish(into log: inout ReadingLog) {
        if decoder == nil, !listener.heard.isEmpty { giveUp(into: &log) }
        decoder?.finish { log.item($0) }
        self = Self()
    }

    private mutating func begin(_ finding: MatListener.Finding, into log: inout ReadingLog) {
        var decoder = MatDecoder(finding.mat)
        log.reading("form") { writer in
            writer.member("form", finding.mat.name)
            writer.member("confidence", finding.confidence, decimals: 2)
        }
        decoder.feed(listener.heard[...]) { log.item($0) }
        self.decoder = decoder
        listener = MatListener()
    }

    /// Nothing was found in what was heard; perhaps in what follows.
    private mutating func giveUp(into log: inout ReadingLog) {
        log.reject("unknown", "no known mat, or too little of one: name its form", byteCount: listener.heard.count)
        listener = MatListener()
    }
}
