import Events
import JSON

/// The heart board in the registry.
enum HeartBoardVariants {
    static let all: [DecoderVariant] = [
        DecoderVariant(.esp32Heart, "datagram", "what it sends by UDP, one JSON object a datagram", .textMessages) {
            Datagram()
        },
        DecoderVariant(.esp32Heart, "serial", "what it prints on its serial port, at 115,200 baud", .stream) {
            Serial()
        },
    ]

    private struct Datagram: LoggingDecoder {
        mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
            do throws(HeartReadingError) {
                log.heart(try HeartReading(datagram: bytes))
            } catch {
                log.reject(error.reason.rawValue, error.description, byteCount: bytes.count)
            }
        }
    }

    private struct Serial: LoggingDecoder {
        private var decoder = HeartSerialDecoder()
        private var items: [HeartSerialItem] = []

        mutating func feed(_ bytes: ArraySlice<UInt8>, into log: inout ReadingLog) {
            items.removeAll(keepingCapacity: true)
            decoder.feed(bytes, into: &items)
            for item in items { log.item(item) }
        }
    }
}

extension ReadingLog {
    /// All that the board said, in its own words.
    fileprivate mutating func heart(_ reading: HeartReading) {
        self.reading("heart") { writer in
            for member in reading.members.members { writer.copy(member, of: reading.members) }
        }
    }

    fileprivate mutating func item(_ item: HeartSerialItem) {
        switch item {
        case .reading(let reading): heart(reading)
        case .beat(let rate): reading("beat") { $0.member("bpm", rate) }
        case .contact(let contact, let infrared):
            reading("contact") { writer in
                writer.member("contact", contact.rawValue)
                writer.member("ir_value", infrared)
            }
        case .status(let status): self.status(status)
        case .rejected(.reading(let refusal)): reject(refusal.reason.rawValue, refusal.description)
        case .rejected(let refusal): reject(refusal.name, refusal.detail)
        }
    }

    private mutating func status(_ status: HeartSerialItem.Status) {
        reading("status") { writer in
            switch status {
            case .started(let device):
                writer.member("status", "started")
                writer.member("device", device)
            case .sensorFound: writer.member("status", "sensor_found")
            case .sensorMissing: writer.member("status", "sensor_missing")
            case .networkJoined: writer.member("status", "network_joined")
            case .networkLost: writer.member("status", "network_lost")
            }
        }
    }
}

extension HeartSerialItem.Reject {
    fileprivate var detail: String {
        switch self {
        case .reading(let refusal): refusal.description
        case .malformedNumber: "no whole number of one to nine digits where one belongs"
        case .lineTooLong: "more than \(HeartSerialDecoder.longestLine) bytes without a line end"
        case .incompleteContact: "the first line of a two-line message without the second"
        }
    }
}
