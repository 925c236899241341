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

    static func status(
        users: HeartUsers, smoothing: HeartSmoothing, clients: Int, at now: Moment,
        latest message: (HeartUsers.Entry) -> [UInt8]?
    ) -> [UInt8] {
        reply("status_response") { writer in
            writer.member("active_devices", users)
            writer.member("connected_clients", clients)
            writer.key("latest_data")
            let latest = users.entries.compactMap { entry in message(entry).map { (entry.user, $0) } }
            writer.perUser(latest, \.0) { latest, writer in writer.raw(latest.1[...]) }
            writer.member("smoothing_enabled", smoothing.enabled)
            writer.key("smoothing_config")
            writer.beginObject()
            writer.member("alpha", smoothing.alpha)
            writer.member("history_length", smoothing.historyLength)
            writer.member("outlier_threshold", smoothing.outlierThreshold)
            writer.member("min_bpm", smoothing.minimum)
            writer.member("max_bpm", smoothing.maximum)
            writer.endObject()
            writer.member("timestamp", epochSeconds: now.wall)
            writer.key("stale_devices")
            writer.beginArray()
            for entry in users.entries where users.isStale(entry, at: now.monotonic) { writer.user(entry.user) }
            writer.endArray()
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

    static func allStatistics(users: HeartUsers, at now: Moment) -> [UInt8] {
        reply("all_statistics_response") { writer in
            writer.key("user_statistics")
            writer.perUser(users.entries.filter { $0.signal.history.statistics != nil }, \.user) { entry, writer in
                HeartJSON.statistics(entry.signal.history.statistics, to: &writer)
            }
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
    fileprivate mutating func member(_ name: StaticString, _ users: HeartUsers) {
        key(name)
        beginArray()
        for entry in users.entries { user(entry.user) }
        endArray()
    }

    /// Writes an object with one member per user. The number 1 and the text "1" would share a key, so the text keeps
    /// its quotes.
    fileprivate mutating func perUser<Entry>(
        _ entries: [Entry], _ user: (Entry) -> HeartUser, _ value: (Entry, inout JSONWriter) -> Void
    ) {
        var seen: Set<String> = []
        beginObject()
        for entry in entries {
            let name = user(entry).description
            key(seen.insert(name).inserted ? name : "\"\(name)\"")
            value(entry, &self)
        }
        endObject()
    }
}
