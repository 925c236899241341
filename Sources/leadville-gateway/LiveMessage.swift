import JSON
import Text

/// A message of a live socket, in any of its vocabularies, as text for a terminal.
struct LiveMessage {
    private let message: JSONObject

    /// Nil if it is not a JSON object.
    init?(_ bytes: [UInt8]) {
        guard let object = try? JSONValue(parsing: bytes, limits: Self.limits).objectValue else { return nil }
        message = object
    }

    /// Those of the connection, whose messages are limited already.
    private static let limits: JSONLimits = {
        var limits = JSONLimits.standard
        limits.bytes = WebSocketConnection.maximumMessageBytes
        limits.stringBytes = WebSocketConnection.maximumMessageBytes
        limits.members = 1 << 20
        return limits
    }()

    /// - Parameter since: the latest event that is known; nil for live events only.
    static func subscription(to channels: [String], since: UInt64?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "subscribe")
        writer.member("channels", .array(channels.map { .string($0) }))
        if let since { writer.member("since", since) }
        writer.endObject()
        return writer.finish()
    }

    private static let replies: Set<String> = [
        "welcome", "subscription_ack", "subscription_confirmed", "unsubscription_confirmed", "connection_established",
        "pong", "error", "replay_complete",
    ]

    /// The id of an event.
    var id: UInt64? { message["id"]?.integerValue.flatMap { UInt64(exactly: $0) } }

    /// What this client missed and cannot receive; nil for other messages.
    var missed: String? {
        text("type") == "status" && text("event_type") == "events_missed" ? text("message") : nil
    }

    /// Whether it is an event, rather than an answer to this client.
    var isEvent: Bool {
        !Self.replies.contains(text("type")) && !(text("type") == "status" && Self.replies.contains(text("event_type")))
    }

    /// The channels of a subscription that the server does not know; nil if it knows all.
    var ignoredChannels: String? {
        guard let names = message["ignored"]?.arrayValue, !names.isEmpty else { return nil }
        return names.map { PlainText.string($0.stringValue ?? $0.description) }.joined(separator: ", ")
    }

    var line: String { columns.filter { !$0.isEmpty }.joined(separator: "  ") }

    private static let widths = [13, 14, 22, 22]

    static let header = row(["TIME (UTC)", "TYPE", "EVENT", "FROM", "DETAIL"])

    var row: String { Self.row(columns) }

    private static func row(_ columns: [String]) -> String {
        var row = ""
        for (index, column) in columns.enumerated() {
            row += column
            guard index < widths.count else { continue }
            row += String(repeating: " ", count: max(1, widths[index] - column.count + 1))
        }
        while row.last == " " { row.removeLast() }
        return row
    }

    private var columns: [String] {
        let time = text("timestamp").split(separator: "T").last.map(String.init) ?? ""
        let subjects = ["device_id", "sensor_id", "run_id", "user"].lazy.compactMap { message[$0] }
        let subject = subjects.first { !$0.isNull }.map { $0.stringValue ?? $0.description } ?? ""
        return [time, text("type"), text("event_type"), PlainText.string(subject), detail]
    }

    private var detail: String {
        let data = message["data"]?.objectValue
        if let sentence = data?["event_detail"]?.stringValue ?? message["message"]?.stringValue {
            return PlainText.string(sentence)
        }
        let members = (data ?? JSONObject()).members.filter { member in
            switch member.value {
            case .null, .array, .object: false
            default: true
            }
        }
        let texts = members.prefix(6).map { "\($0.key) \($0.value.stringValue ?? $0.value.description)" }
        return PlainText.string(texts.joined(separator: ", "))
    }

    private func text(_ key: String) -> String { PlainText.string(message[key]?.stringValue ?? "") }
}
