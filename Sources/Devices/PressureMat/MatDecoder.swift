/// Decodes a mat, whatever its form.
package enum MatDecoder: Sendable {
    case framed(FramedMatDecoder)
    case halves(HalvedMatDecoder)
    case runLength(RunLengthMatDecoder)
    case text(MatTextDecoder)

    package init(_ mat: KnownMat) {
        self =
            switch mat.form {
            case .framed(let layout): .framed(FramedMatDecoder(layout))
            case .halves(let layout): .halves(HalvedMatDecoder(layout))
            case .runLength(let rows, let columns): .runLength(RunLengthMatDecoder(rows: rows, columns: columns))
            case .text: .text(MatTextDecoder())
            }
    }

    package var counters: DecoderCounters {
        switch self {
        case .framed(let decoder): decoder.counters
        case .halves(let decoder): decoder.counters
        case .runLength(let decoder): decoder.counters
        case .text(let decoder): decoder.counters
        }
    }

    /// Takes a piece of the stream.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        // The payload is taken out and put back: were it copied, each frame would need memory of its own.
        switch consume self {
        case .framed(var decoder):
            decoder.feed(bytes, emit)
            self = .framed(decoder)
        case .halves(var decoder):
            decoder.feed(bytes, emit)
            self = .halves(decoder)
        case .runLength(var decoder):
            decoder.feed(bytes, emit)
            self = .runLength(decoder)
        case .text(var decoder):
            decoder.feed(bytes, emit)
            self = .text(decoder)
        }
    }

    /// Nothing has come for a while: whoever can believe a frame by that does.
    package mutating func pause(_ emit: (MatItem) -> Void) {
        switch consume self {
        case .framed(var decoder):
            decoder.pause(emit)
            self = .framed(decoder)
        case .halves(var decoder):
            decoder.pause(emit)
            self = .halves(decoder)
        case let other: self = other
        }
    }

    /// Nothing more will come.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        switch consume self {
        case .framed(var decoder):
            decoder.finish(emit)
            self = .framed(decoder)
        case .halves(var decoder):
            decoder.finish(emit)
            self = .halves(decoder)
        case .runLength(var decoder):
            decoder.finish(emit)
            self = .runLength(decoder)
        case .text(var decoder):
            decoder.finish(emit)
            self = .text(decoder)
        }
    }
}
