import Clocks

/// One frame of a pressure mat: pressures row by row.
package struct MatReading: Hashable, Sendable {
    package internal(set) var rows: Int
    package internal(set) var columns: Int
    /// The mat's own frame counter, which wraps; nil if it has none.
    package internal(set) var frame: Int?
    /// By the mat's own clock, which starts at power-on; nil if it has none.
    package internal(set) var time: Nanoseconds?
    /// The half of every row that this is; nil for whole frames.
    var half: UInt8?
    /// `rows * columns` values from 0 to 100, where larger means more pressure; `MatReading.noSensor` where the grid
    /// has no sensor.
    package internal(set) var cells: [Double]

    package static let noSensor = -1.0
    /// The longest side of any supported mat.
    package static let longestSide = 64

    init(rows: Int = 0, columns: Int = 0) {
        self.rows = rows
        self.columns = columns
        cells = [Double](repeating: 0, count: rows * columns)
    }
}

/// An item of a mat's byte stream.
package enum MatItem: Hashable, Sendable {
    /// The decoder reuses the memory of the reading for the next frame, unless the caller retains it.
    case frame(MatReading)
    case rejected(DecoderReject)
}

extension DecoderCounters {
    /// Counts a reject and emits it.
    mutating func reject(
        _ reason: DecoderReject.Reason, _ detail: String, byteCount: Int, _ emit: (MatItem) -> Void
    ) {
        let reject = DecoderReject(reason, detail, byteCount: byteCount)
        self.reject(reject)
        emit(.rejected(reject))
    }
}

/// Decodes a mat of any encoding.
package enum MatDecoder: Sendable {
    case framed(FramedMatDecoder)
    case halves(HalvedMatDecoder)
    case runLength(RunLengthMatDecoder)
    case text(MatTextDecoder)

    package init(_ mat: KnownMat) {
        self =
            switch mat.encoding {
            case .framed(let layout): .framed(FramedMatDecoder(layout))
            case .halves(let layout): .halves(HalvedMatDecoder(layout))
            case .runLength(let rows, let columns, let scale):
                .runLength(RunLengthMatDecoder(rows: rows, columns: columns, scale: scale))
            case .text(let scales): .text(MatTextDecoder(scales: scales))
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

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        // The payload is moved out and back: a copy would allocate for each frame.
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

    /// Call when no bytes have arrived for a while; some encodings can then accept a complete frame.
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

    /// Ends the stream.
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
