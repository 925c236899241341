import Devices

/// However a capture is cut, its lines say the same. The first byte says whose it is and how it is written.
enum CaptureFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        guard let first = input.first else { return }
        let form = DecoderVariant.all[Int(first >> 1) % DecoderVariant.all.count]
        guard let whole = CaptureReader(form, as: first & 1 == 0 ? .hexLines : .bytes) else { return }
        let text = input.dropFirst()
        let (lines, mistakes) = read(whole, [text])
        let (cutLines, cutMistakes) = read(whole, Chunks(text).map { $0 })
        try require(mistakes == cutMistakes, "\(mistakes), but cut: \(cutMistakes)")
        try require(lines == cutLines, "\(form.device) \(form.name) says something else when cut")
        try require(mistakes.allSatisfy { PrintableLine.isValid("\($0)") }, "no line: \(mistakes)")
    }

    private static func read(
        _ reader: CaptureReader, _ pieces: [ArraySlice<UInt8>]
    ) -> (lines: [UInt8], mistakes: [CaptureReader.LineError]) {
        var reader = reader
        for piece in pieces { reader.feed(piece) }
        reader.finish()
        return (reader.drainLines(), reader.drainLineErrors())
    }
}
