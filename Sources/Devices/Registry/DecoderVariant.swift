import Events
import JSON

/// A byte format of a device, with a decoder that needs no knowledge of the device.
package struct DecoderVariant: Sendable {
    package let device: DeviceFamily
    /// Unique among the variants of a device.
    package let name: String
    /// One line for help texts.
    package let summary: String
    package let delivery: Delivery
    /// Makes a decoder in its initial state.
    package let makeDecoder: @Sendable () -> any LoggingDecoder

    /// How the bytes of a variant are delivered.
    package enum Delivery: Sendable {
        /// A stream: chunk boundaries carry no meaning.
        case stream
        /// Datagrams or notifications: message boundaries carry meaning.
        case messages
        /// The same, with messages that are lines of text in a file.
        case textMessages
    }

    package init(
        _ device: DeviceFamily, _ name: String, _ summary: String, _ delivery: Delivery,
        decoder makeDecoder: @escaping @Sendable () -> any LoggingDecoder
    ) {
        self.device = device
        self.name = name
        self.summary = summary
        self.delivery = delivery
        self.makeDecoder = makeDecoder
    }

    /// The variants of all devices.
    package static let all: [DecoderVariant] = DeviceDrivers.all.flatMap(\.variants)

    /// The variants of a device, default first.
    package static func variants(of device: DeviceFamily) -> [DecoderVariant] {
        DeviceDrivers.driver(of: device)?.variants ?? []
    }
}

/// Decodes bytes into lines of JSON.
package protocol LoggingDecoder: Sendable {
    /// - Parameter bytes: a chunk of the stream or one whole message.
    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog)

    /// Ends the input: logs what the decoder holds back.
    mutating func finish(into log: inout ReadingLog)
}

extension LoggingDecoder {
    package mutating func finish(into log: inout ReadingLog) {}
}

/// A reading that can be written to a log.
protocol LoggableReading {
    func write(to log: inout ReadingLog)
}

/// Makes a decoder with loggable readings usable as a variant.
struct LoggingDecoderAdapter<Decoder: DeviceDecoder>: LoggingDecoder where Decoder.Reading: LoggableReading {
    private var decoder: Decoder

    init(_ decoder: Decoder) {
        self.decoder = decoder
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
        decoder.feed(bytes) { $0.write(to: &log) }
    }

    mutating func finish(into log: inout ReadingLog) {
        decoder.flush { $0.write(to: &log) }
    }
}

/// Decoded readings as lines of JSON: one object per reading, beginning with `"reading"` and its kind, and one per
/// reject, beginning with `"reject"` and its reason.
package struct ReadingLog: Sendable {
    package private(set) var readingCount = 0
    /// The number of rejects by reason.
    package private(set) var rejectCounts: [String: Int] = [:]
    private var writer = JSONWriter()
    private var lines: [UInt8] = []

    package init() {}

    /// Removes and returns the lines so far, each with a line feed.
    package mutating func drainLines() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &lines)
        return taken
    }

    /// - Parameter members: writes the members after the kind.
    package mutating func reading(_ kind: StaticString, _ members: (inout JSONWriter) -> Void) {
        readingCount += 1
        line { writer in
            writer.member("reading", kind)
            members(&writer)
        }
    }

    package mutating func reject(_ reject: DecoderReject) {
        self.reject(reject.reason.rawValue, reject.detail, byteCount: reject.byteCount)
    }

    /// For decoders with reasons of their own. `byteCount` is nil where no bytes are counted.
    package mutating func reject(_ reason: String, _ detail: String, byteCount: Int? = nil) {
        rejectCounts[reason, default: 0] += 1
        line { writer in
            writer.member("reject", reason)
            writer.member("detail", detail)
            if let byteCount { writer.member("bytes", byteCount) }
        }
    }

    private mutating func line(_ members: (inout JSONWriter) -> Void) {
        writer.removeAll()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        lines += writer.bytes
        lines.append(UInt8(ascii: "\n"))
    }
}
