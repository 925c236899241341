import Clocks
import JSON

/// The replies of the live socket on LeadVille's port 8001, which subscribes every client to four channels by itself
/// and is silent where it does not understand.
struct StreamerReplyJSON: LiveReplies, TypedReply {
    var writer = JSONWriter(.spaced)

    init(_ type: StaticString, at time: WallTime) {
        writer.beginObject()
        writer.member("type", type)
        writer.member("timestamp", time)
    }

    mutating func finish() -> [UInt8] {
        writer.endObject()
        return writer.finish()
    }

    /// The original's channels come first, under its names.
    private static let channels: [JSONValue] =
        ["status", "sensor_events", "timer_events", "run_updates", "health_status", "system_monitoring"]
        .map { .string($0) } + [Channel.sessionUpdates, .heartRate, .pressure].map { .string($0.name) }

    private static func names(_ channels: Channels) -> JSONValue {
        .array(channels.list.map { .string("\($0.pluralName)") })
    }

    static func greeting(_ status: LiveStatus, at time: WallTime) -> [[UInt8]] {
        var reply = Self("connection_established", at: time)
        reply.writer.member("available_channels", .array(channels))
        reply.writer.member("client_id", status.client)
        let names = LiveVocabulary.streamer.defaultChannels.list.map { JSONValue.string("\($0.pluralName)") }
        return [
            reply.finish(), subscribed(to: names, unknown: [], channels: status.subscribed, at: time),
            self.status(status, at: time),
        ]
    }

    static func subscribed(
        to names: [JSONValue], unknown: [JSONValue], channels: Channels, at time: WallTime
    ) -> [UInt8] {
        var reply = Self("subscription_confirmed", at: time)
        reply.writer.member("channels", .array(names))
        reply.writer.member("subscriptions", self.names(channels))
        if !unknown.isEmpty { reply.writer.member("ignored", .array(unknown)) }
        return reply.finish()
    }

    static func unsubscribed(
        from _: [JSONValue], unknown _: [JSONValue], remaining _: Channels, at _: WallTime
    ) -> [UInt8]? { nil }

    static func pong(at time: WallTime) -> [UInt8] {
        var reply = Self("pong", at: time)
        return reply.finish()
    }

    static func status(_ status: LiveStatus, at time: WallTime) -> [UInt8] {
        var reply = Self("status", at: time)
        reply.writer.key("system")
        reply.writer.value(status)
        for name: StaticString in ["services", "ble"] {
            reply.writer.key(name)
            reply.writer.beginObject()
            reply.writer.endObject()
        }
        reply.writer.key("connections")
        reply.writer.beginObject()
        reply.writer.member("websocket_clients", status.clients)
        reply.writer.member("mqtt_connected", false)
        reply.writer.endObject()
        return reply.finish()
    }

    static func unknownType(_: String, at _: WallTime) -> [UInt8]? { nil }

    static func invalidJSON(_ detail: String, at time: WallTime) -> [UInt8] {
        var writer = JSONWriter(.spaced)
        writer.beginObject()
        writer.member("type", "error")
        writer.member("message", "Invalid JSON message")
        writer.member("detail", detail)
        writer.member("timestamp", time)
        writer.endObject()
        return writer.finish()
    }

    static func dropped(_ messages: Int, at time: WallTime) -> [UInt8] {
        var reply = Self("status", at: time)
        reply.writer.member("event_type", "events_dropped")
        reply.writer.member("message", "This connection is too slow: \(messages) telemetry events were dropped")
        reply.writer.member("dropped", messages)
        return reply.finish()
    }
}
