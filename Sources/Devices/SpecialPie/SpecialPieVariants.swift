import Events
import JSON

/// Decoder variants of SpecialPie timers.
enum SpecialPieVariants {
    static let all: [DecoderVariant] = [
        DecoderVariant(.specialPie, "frames", "notifications of the timer or a relay", .stream) {
            LoggingDecoderAdapter(SpecialPieDecoder())
        }
    ]
}

extension SpecialPieReading: LoggableReading {
    func write(to log: inout ReadingLog) {
        switch self {
        case .started(let group): log.reading("started") { $0.member("group", group) }
        case .stopped(let group): log.reading("stopped") { $0.member("group", group) }
        case .shot(let shot):
            log.reading("shot") { writer in
                writer.member("number", shot.number)
                writer.member("raw_number", shot.rawNumber)
                writer.member("group", shot.group)
                writer.member("time", seconds: shot.time)
                writer.member("split", seconds: shot.split)
            }
        case .rejected(let reject): log.reject(reject)
        }
    }
}
