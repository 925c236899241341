import Clocks
import JSON
import Web

/// Messages for one client, in the format in which they are sent.
struct EventMessages: Sendable {
    private let format: EventFormat
    private(set) var bytes: [UInt8] = []
    /// How many of the messages are events.
    private(set) var events = 0

    init(_ format: EventFormat) {
        self.format = format
    }

    /// - Parameter id: nil for a message that is no event.
    mutating func append(_ message: ArraySlice<UInt8>, id: UInt64?) {
        if id != nil { events += 1 }
        switch format {
        case .webSocket: WebSocketFrame.append(.text, message, to: &bytes)
        case .serverSent:
            if let id { bytes += "id: \(id)\n".utf8 }
            bytes += "data: ".utf8
            bytes += message
            bytes += "\n\n".utf8
        }
    }

    /// A message to this client alone.
    mutating func append(_ notice: EventNotice, at time: WallTime) {
        append(notice.message(at: time)[...], id: nil)
    }
}

/// Notices to a client that missed events.
enum EventNotice: Hashable, Sendable {
    /// Events after the first number, up to the second one, are no longer kept.
    case deleted(since: UInt64, through: UInt64)
    /// The client knows a later event than there is: the ids began again.
    case unknown(since: UInt64, latest: UInt64)
    /// The store cannot be read.
    case unreadable(since: UInt64, String)
    case complete(events: Int, latest: UInt64)

    /// The same in all vocabularies: LeadVille's servers have no such messages.
    func message(at time: WallTime) -> [UInt8] {
        var writer = JSONWriter(.spaced)
        writer.beginObject()
        writer.member("type", "status")
        writer.member("event_type", isComplete ? "replay_complete" : "events_missed")
        writer.member("message", text)
        writer.member("timestamp", time)
        switch self {
        case .deleted(let since, let through):
            writer.member("since", since)
            writer.member("through", through)
        case .unknown(let since, let latest):
            writer.member("since", since)
            writer.member("latest_event_id", latest)
        case .unreadable(let since, _): writer.member("since", since)
        case .complete(let events, let latest):
            writer.member("events", events)
            writer.member("latest_event_id", latest)
        }
        writer.endObject()
        return writer.finish()
    }

    private var isComplete: Bool { if case .complete = self { true } else { false } }

    private var text: String {
        switch self {
        case .deleted(_, let through): "Events up to \(through) are no longer kept"
        case .unknown(let since, let latest):
            "Event \(since) is unknown: the latest is \(latest). Events that were missed cannot be determined"
        case .unreadable(_, let reason): "Events that were missed cannot be read: \(reason)"
        case .complete(let events, _): "\(events) events were sent again; live events follow"
        }
    }
}
