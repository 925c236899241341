import Clocks
import JSON

/// The replies of LeadVille's stand-alone server, with its members in its order; members that it does not have follow.
struct StandAloneReplyJSON: LiveReplies {
    private var writer = JSONWriter(.spaced)

    private init(_ type: StaticString) {
        writer.beginObject()
        writer.member("type", type)
    }

    private mutating func finish(at time: WallTime, _ further: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        writer.member("timestamp", time)
        further(&writer)
        writer.endObject()
        return writer.finish()
    }

    static func greeting(_ status: LiveStatus, at time: WallTime) -> [[UInt8]] {
        var reply = Self("welcome")
        reply.writer.member("message", "Connected to LeadVille Timer WebSocket")
        let message = reply.finish(at: time) { writer in
            writer.key("server_info")
            writer.beginObject()
            // The version of the protocol, as clients know it.
            writer.member("version", "2.0.0")
            let features = ["timer_events", "health_monitoring", "real_time_updates"]
            writer.member("features", .array(features.map { .string($0) }))
            writer.member("gateway_version", status.version)
            writer.endObject()
        }
        return [message]
    }

    static func subscribed(
        to names: [JSONValue], unknown: [JSONValue], channels _: Channels, at time: WallTime
    ) -> [UInt8] {
        var reply = Self("subscription_ack")
        reply.writer.member("channels", .array(names))
        reply.writer.member("message", "Subscribed to \(names.count - unknown.count) channels")
        return reply.finish(at: time) { if !unknown.isEmpty { $0.member("ignored", .array(unknown)) } }
    }

    static func unsubscribed(
        from names: [JSONValue], unknown: [JSONValue], remaining: Channels, at time: WallTime
    ) -> [UInt8]? {
        var reply = Self("unsubscription_ack")
        reply.writer.member("channels", .array(names))
        reply.writer.member("message", "Unsubscribed from \(names.count - unknown.count) channels")
        return reply.finish(at: time) { writer in
            if !unknown.isEmpty { writer.member("ignored", .array(unknown)) }
            writer.member("remaining", .array(remaining.list.map { .string($0.name) }))
        }
    }

    static func pong(at time: WallTime) -> [UInt8] {
        var reply = Self("pong")
        return reply.finish(at: time)
    }

    static func status(_ status: LiveStatus, at time: WallTime) -> [UInt8] {
        var reply = Self("status")
        reply.writer.member("event_type", "system_status")
        return reply.finish(at: time) { writer in
            writer.key("data")
            writer.value(status)
        }
    }

    static func unknownType(_ type: String, at time: WallTime) -> [UInt8]? {
        var reply = Self("error")
        reply.writer.member("message", "Unknown message type: \(type)")
        return reply.finish(at: time)
    }

    static func invalidJSON(_ detail: String, at time: WallTime) -> [UInt8] {
        var reply = Self("error")
        reply.writer.member("message", "Invalid JSON format")
        return reply.finish(at: time) { $0.member("detail", detail) }
    }

    static func published(_ ids: [UInt64], at time: WallTime) -> [UInt8] {
        var reply = Self("publish_ack")
        reply.writer.array("ids", ids) { $1.integer($0) }
        return reply.finish(at: time)
    }

    static func rejected(_ message: String, reason: String, at time: WallTime) -> [UInt8] {
        var reply = Self("error")
        reply.writer.member("message", message)
        return reply.finish(at: time) { $0.member("reason", reason) }
    }

    static func dropped(_ messages: Int, at time: WallTime) -> [UInt8] {
        var reply = Self("status")
        reply.writer.member("event_type", "events_dropped")
        return reply.finish(at: time) { writer in
            writer.member("message", "This connection is too slow: \(messages) telemetry events were dropped")
            writer.member("dropped", messages)
        }
    }
}
