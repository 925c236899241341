import Clocks
import Events
import JSON

/// The broadcast message for TouchDesigner and web dashboards: the device's own object with the smoothed rate as
/// `bpm`, followed by the broker's members.
enum HeartJSON {
    /// Members that the broker writes. A device's own value for one of these is replaced in place.
    private enum BrokerMember: UInt16, CaseIterable {
        case bpm, measured, smoothed, statistics, noHeartRate, serverTime, sourceAddress, receivedAt, id

        /// In the original's order; stored, to avoid an allocation for every member of every message.
        static let all = allCases

        /// The lengths of all keys, one bit each: most members of a device are its own, and none of these.
        private static let lengths = all.reduce(into: UInt64(0)) { $0 |= 1 << UInt64($1.key.utf8CodeUnitCount) }

        static func named(_ key: JSONToken, in members: JSONMembers) -> Self? {
            guard key.isEscaped || lengths >> UInt64(key.content.count) & 1 != 0 else { return nil }
            return all.first { members.isText(key, $0.key) }
        }

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

    /// - Parameter times: caches the part of the time that consecutive messages share.
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
            if let owned = BrokerMember.named(member.key, in: event.members) {
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
            // What existing clients display when there is no rate.
            if let rate = event.rate.beatsPerMinute { writer.number(rate) } else { writer.string("--") }
        case .measured: writeMeasured(event, to: &writer)
        case .smoothed: writer.member(owned.key, event.rate.beatsPerMinute != nil)
        case .statistics:
            // The original omits them from a message without a rate.
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

    /// With a rate the number is written with a fraction; without one it stays as the device sent it.
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
        if case .none(.fingerLifted) = event.rate { true } else { false }
    }

    /// Writes an empty object when there are no statistics.
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
