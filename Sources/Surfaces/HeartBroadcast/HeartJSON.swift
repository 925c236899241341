import Clocks
import Events
import JSON

/// The message that TouchDesigner and the web dashboards read: the device's own object, with the rate in the place of
/// its `bpm`, and what the broker knows behind it.
enum HeartJSON {
    /// Members that the broker writes itself. A device that sends one of these is overruled, in the device's order.
    private enum BrokerMember: UInt16, CaseIterable {
        case bpm, measured, smoothed, statistics, noHeartRate, serverTime, sourceAddress, receivedAt, id

        /// In the original's order; kept, because a fresh list for every member of every message would cost.
        static let all = allCases

        var key: StaticString {
            switch self {
            case .bpm: "bpm"
            case .measured: "bpm_raw"
            case .smoothed: "bpm_smoothed"
            case .statistics: "signal_stats"
            case .noHeartRate: "no_heart_rate"
            case .serverTime: "server_timestamp"
            case .sourceAddress: "source_ip"
            case .receivedAt: "received_at"
            case .id: "event_id"
            }
        }
    }

    /// `times` keeps what one message's time has in common with the next one's.
    static func message(
        _ event: HeartEvent, _ stamp: EventStamp, to writer: inout JSONWriter, times: inout TimestampFormatter
    ) {
        var written: UInt16 = 0
        writer.beginObject()
        if event.members.members.isEmpty {
            writer.member("user", event.user)
            writeContact(event, to: &writer)
        }
        for member in event.members.members {
            if let owned = BrokerMember.all.first(where: { event.members.isText(member.key, $0.key) }) {
                written |= 1 << owned.rawValue
                write(owned, event, stamp, to: &writer, &times)
            } else if isFingerGone(event), event.members.isText(member.key, "finger_detected") {
                writer.member("finger_detected", false)
            } else {
                writer.copy(member, of: event.members)
            }
        }
        for owned in BrokerMember.all where written & (1 << owned.rawValue) == 0 {
            write(owned, event, stamp, to: &writer, &times)
        }
        writer.endObject()
    }

    private static func write(
        _ owned: BrokerMember, _ event: HeartEvent, _ stamp: EventStamp, to writer: inout JSONWriter,
        _ times: inout TimestampFormatter
    ) {
        switch owned {
        case .bpm:
            writer.key(owned.key)
            // The word that existing clients show when there is no rate.
            if let rate = event.rate.beatsPerMinute { writer.number(rate) } else { writer.string("--") }
        case .measured: writeMeasured(event, to: &writer)
        case .smoothed: writer.member(owned.key, event.rate.beatsPerMinute != nil)
        case .statistics:
            // The original leaves them out of a message without a rate.
            guard event.rate.beatsPerMinute != nil else { return }
            writer.key(owned.key)
            statistics(event.statistics, to: &writer)
        case .noHeartRate: writer.member(owned.key, event.rate.beatsPerMinute == nil)
        case .serverTime: writer.member(owned.key, epochSeconds: stamp.wall)
        case .sourceAddress: writer.member(owned.key, event.source)
        case .receivedAt: writer.member(owned.key, stamp.wall, text: &times)
        case .id: writer.member(owned.key, stamp.id)
        }
    }

    /// A number with a rate is always written with a fraction; without a rate it stays as the device sent it.
    private static func writeMeasured(_ event: HeartEvent, to writer: inout JSONWriter) {
        if event.rate.beatsPerMinute == nil, let token = event.members["bpm"] {
            writer.member("bpm_raw", raw: event.members.raw(token))
        } else {
            writer.member("bpm_raw", event.measured)
        }
    }

    private static func writeContact(_ event: HeartEvent, to writer: inout JSONWriter) {
        guard let contact = event.contact else { return }
        writer.member("finger_detected", contact && !isFingerGone(event))
    }

    private static func isFingerGone(_ event: HeartEvent) -> Bool {
        event.rate == .none(.fingerLifted)
    }

    /// An empty object when there is nothing to tell of.
    static func statistics(_ statistics: HeartStatistics?, to writer: inout JSONWriter) {
        writer.beginObject()
        if let statistics {
            writer.member("mean", statistics.mean)
            writer.member("std", statistics.standardDeviation)
            writer.member("min", statistics.minimum)
            writer.member("max", statistics.maximum)
            writer.member("last", statistics.last)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    mutating func user(_ user: HeartUser) {
        switch user {
        case .number(let number): integer(number)
        case .fraction(let number): self.number(number)
        case .text(let text): string(text)
        case .null: null()
        }
    }

    mutating func member(_ name: StaticString, _ user: HeartUser) {
        key(name)
        self.user(user)
    }
}
