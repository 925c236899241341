import Clocks
import Events
import JSON
import Signals

/// The broadcast's replies to one client: the original's members in its order, followed by ours.
enum HeartReplyJSON {
    static func greeting(users: HeartUsers, at now: Moment) -> [UInt8] {
        reply("status") { writer in
            writer.member("message", "Connected to BPM Broker")
            writer.member("active_devices", users)
            writer.member("timestamp", epochSeconds: now.wall)
        }
    }

    static func history(of entry: HeartUsers.Entry, at now: Moment) -> [UInt8] {
        reply("signal_history_response") { writer in
            writer.member("user_id", entry.user)
            writer.key("history")
            writer.beginArray()
            for rate in entry.signal.history.rates { writer.number(rate) }
            writer.endArray()
            writer.key("statistics")
            HeartJSON.statistics(entry.signal.history.statistics, to: &writer)
            writer.member("timestamp", epochSeconds: now.wall)
        }
    }

    /// The original's reply is the `error` alone; the type distinguishes it from a reading.
    static func error(_ text: String, detail: String? = nil) -> [UInt8] {
        reply("error") { writer in
            writer.member("error", text)
            if let detail { writer.member("detail", detail) }
        }
    }

    static func dropped(_ messages: Int, at now: Moment) -> [UInt8] {
        reply("status") { writer in
            writer.member("message", "This connection is too slow: \(messages) readings were dropped")
            writer.member("dropped", messages)
            writer.member("timestamp", epochSeconds: now.wall)
        }
    }

    /// Existing clients ignore messages of type `status`, and so this one.
    static func stale(_ user: HeartUser, silentFor silence: Nanoseconds, at time: WallTime) -> [UInt8] {
        reply("status") { writer in
            writer.member("message", "User \(user) has sent no reading for \(silence.count / 1_000_000_000) s")
            writer.member("user", user)
            writer.member("stale", true)
            writer.member("timestamp", epochSeconds: time)
        }
    }

    /// The last message of a user, marked when it is stale, so that clients do not show it as current.
    static func latest(_ message: [UInt8], age: Nanoseconds, isStale: Bool) -> [UInt8] {
        guard isStale, message.last == UInt8(ascii: "}") else { return message }
        var marked = JSONWriter(.spaced)
        marked.beginObject()
        marked.member("stale", true)
        marked.member("age_seconds", age.inSeconds, decimals: 1)
        marked.endObject()
        return message.dropLast() + Array(", ".utf8) + marked.bytes.dropFirst()
    }

    private static func reply(_ type: StaticString, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(.spaced)
        writer.beginObject()
        writer.member("type", type)
        members(&writer)
        writer.endObject()
        return writer.finish()
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ users: HeartUsers) {
        key(name)
        beginArray()
        for entry in users.entries { user(entry.user) }
        endArray()
    }
}
