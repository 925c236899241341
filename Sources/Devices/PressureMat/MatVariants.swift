import Events
import JSON

/// Decoder variants of pressure mats.
enum MatVariants {
    static let all: [DecoderVariant] =
        [
            DecoderVariant(.pressureMat, "any", "detects which of these it is", .stream) { AnyMatDecoder() }
        ]
        + KnownMat.all.map { mat in
            DecoderVariant(.pressureMat, mat.name, mat.summary, .stream) { Decoder(decoder: MatDecoder(mat)) }
        }

    private struct Decoder: LoggingDecoder {
        var decoder: MatDecoder

        mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
            decoder.feed(bytes) { log.item($0) }
        }

        mutating func finish(into log: inout ReadingLog) {
            decoder.finish { log.item($0) }
        }
    }
}

extension ReadingLog {
    package mutating func item(_ item: MatItem) {
        switch item {
        case .frame(let frame): self.frame(frame)
        case .rejected(let reject): self.reject(reject)
        }
    }

    private mutating func frame(_ frame: MatReading) {
        reading("pressure") { writer in
            if let number = frame.frame { writer.member("frame", number) }
            if let time = frame.time { writer.member("time_us", time.count / 1_000) }
            writer.member("rows", frame.rows)
            writer.member("columns", frame.columns)
            writer.key("cells")
            writer.beginArray()
            for cell in frame.cells {
                // No mat is more precise than 0.01 %.
                let hundredths = Int((cell * 100).rounded())
                if hundredths % 100 == 0 {
                    writer.integer(hundredths / 100)
                } else {
                    writer.number(cell, decimals: 2)
                }
            }
            writer.endArray()
        }
    }
}
