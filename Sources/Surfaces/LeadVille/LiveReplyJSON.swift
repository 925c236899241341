import Clocks
import Events
import JSON

/// The replies of `/ws/live`: `status` messages with the original's members in its order.
struct LiveReplyJSON: LiveReplies, TypedReply {
    var writer = JSONWriter(.spaced)
    private let time: WallTime

    init(_ type: StaticString, at time: WallTime) {
        self.time = time
        writer.beginObject()
        writer.member("type", "status")
        writer.member("event_type", type)
    }

    mutating func finish() -> [UInt8] {
        writer.member("timestamp", time)
        writer.endObject()
        return writer.finish()
    }

    static func greeting(_: LiveStatus, at time: WallTime) -> [[UInt8]] {
        var reply = Self("connection_established", at: time)
        reply.writer.member("message", "Connected to LeadVille Live Updates")
        reply.writer.member("timestamp", time)
        reply.writer.key("capabilities")
        reply.writer.beginArray()
        for channel in Channel.allCases { reply.writer.string(channel.name) }
        reply.writer.endArray()
        reply.writer.endObject()
        return [reply.writer.finish()]
    }

    static func subscribed(
        to names: [JSONValue], unknown: [JSONValue], channels _: Channels, at time: WallTime
    ) -> [UInt8] {
        var reply = Self("subscription_confirmed", at: time)
        reply.writer.member("channels", .array(names))
        reply.writer.member("message", "Subscribed to \(names.count - unknown.count) channels")
        if !unknown.isEmpty { reply.writer.member("ignored", .array(unknown)) }
        return reply.finish()
    }

    static func unsubscribed(
        from names: [JSONValue], unknown: [JSONValue], remaining: Channels, at time: WallTime
    ) -> [UInt8]? {
        var reply = Self("unsubscription_confirmed", at: time)
        reply.writer.member("channels", .array(names))
        reply.writer.member("message", "Unsubscribed from \(names.count - unknown.count) channels")
        if !unknown.isEmpty { reply.writer.member("ignored", .array(unknown)) }
        reply.writer.member("remaining", .array(remaining.list.map { .string($0.name) }))
        return reply.finish()
    }

    static func pong(at time: WallTime) -> [UInt8] {
        var reply = Self("pong", at: time)
        return reply.finish()
    }

    static func unknownType(_ type: String, at time: WallTime) -> [UInt8]? {
        error("Unknown message type: \(type)", at: time)
    }

    static func invalidJSON(_ detail: String, at time: WallTime) -> [UInt8] {
        error("Invalid JSON format", detail: detail, at: time)
    }

    private static func error(_ message: String, detail: String? = nil, at time: WallTime) -> [UInt8] {
        var reply = Self("error", at: time)
        reply.writer.member("message", message)
        if let detail { reply.writer.member("detail", detail) }
        return reply.finish()
    }

    static func dropped(_ messages: Int, at time: WallTime) -> [UInt8] {
        var reply = Self("events_dropped", at: time)
        reply.writer.member("message", "This connection is too slow: \(messages) telemetry events were dropped")
        reply.writer.member("dropped", messages)
        return reply.finish()
    }

    static func status(_ status: LiveStatus, at time: WallTime) -> [UInt8] {
        var reply = Self("system_status_update", at: time)
        reply.writer.member("timestamp", time)
        reply.writer.key("data")
        reply.writer.value(status)
        reply.writer.endObject()
        return reply.writer.finish()
    }
}

extension JSONWriter {
    mutating func value(_ status: LiveStatus) {
        beginObject()
        member("system_status", "operational")
        member("version", status.version)
        member("uptime_seconds", (status.uptime.inSeconds * 1_000).rounded() / 1_000)
        member("connected_clients", status.clients)
        member("subscribed", .array(status.subscribed.list.map { .string($0.name) }))
        member("latest_event_id", status.latestEventID)
        endObject()
    }
}
