import Events
import JSON

extension DeviceFamily {
    package static let esp32Heart = DeviceFamily(rawValue: "esp32-heart")
}

/// The ESP32 heart-rate board, on the network or at a serial port.
package struct HeartBoardDriver: DeviceDriver {
    package let family = DeviceFamily.esp32Heart
    package let role = DeviceRoleKind.heart

    package let serialCandidates: [SerialCandidate] = [
        .init(.esp32Heart, "serial", baudRates: [115_200]) { Probe() }
    ]

    package var simulation: SimulationProfile {
        var profile = SimulationProfile(
            "Simulate one ESP32 heart-rate board, optionally at its serial port.",
            script: SimulationProfile.faultScript("finger"),
            example: ("--pty --fault reboot", "restarts occasionally"))
        profile.variants = variants.map(\.name)
        profile.serialPort = .variant("serial")
        return profile
    }

    package let variants: [DecoderVariant] = [
        DecoderVariant(.esp32Heart, "datagram", "UDP datagrams, one JSON object each", .textMessages) {
            Datagram()
        },
        DecoderVariant(.esp32Heart, "serial", "serial port output, at 115,200 baud", .stream) {
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
    /// Copies all members as sent by the board.
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
        case .rejected(.reading(let error)): reject(error.reason.rawValue, error.description)
        case .rejected(let item): reject(item.name, item.detail)
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
        case .reading(let error): error.description
        case .malformedNumber: "expected an integer of one to nine digits"
        case .lineTooLong: "more than \(HeartSerialDecoder.longestLine) bytes without a line feed"
        case .incompleteContact: "second line of a two-line message missing"
        }
    }
}

extension HeartBoardDriver {
    fileprivate struct Probe: SerialProbe {
        private var decoder = HeartSerialDecoder()
        private var items: [HeartSerialItem] = []
        private var hits = 0
        private var rejects = 0

        /// Boot messages of the chip.
        private static let excusableLines = 16

        mutating func feed(_ bytes: ArraySlice<UInt8>) {
            decoder.feed(bytes, into: &items)
            for item in items {
                if case .rejected = item { rejects += 1 } else { hits += 1 }
            }
            items.removeAll(keepingCapacity: true)
        }

        /// An incomplete line proves nothing.
        mutating func finish() {}

        var evidence: SerialEvidence {
            guard hits > 0 else { return SerialEvidence() }
            let others = rejects + max(0, decoder.ignoredLines - Self.excusableLines)
            return SerialEvidence(hits: hits, explained: Double(hits) / Double(hits + others))
        }
    }
}
