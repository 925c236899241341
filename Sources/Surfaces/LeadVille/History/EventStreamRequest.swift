import JSON
import Web

/// `GET /api/events/stream?channels=timer_event,run_update&since=17`, or with the header `Last-Event-ID`.
struct EventStreamRequest: Equatable {
    let channels: Channels
    /// The latest event that the client knows; nil if it wants none that it missed.
    let since: UInt64?

    init(_ head: HTTPRequestHead) throws(APIError) {
        try self.init(
            channels: head.query["channels"], since: head.query["since"], lastEventID: head.headers["Last-Event-ID"])
    }

    /// - Parameter lastEventID: what a browser sends when it connects again; it counts more than the address.
    init(channels: String?, since: String?, lastEventID: String?) throws(APIError) {
        self.channels = try channels.map { names throws(APIError) in try Self.channels(names) } ?? .original
        if let lastEventID, let id = UInt64(lastEventID) {
            self.since = id
        } else if let since {
            guard let id = UInt64(since) else { throw .invalid("since must be the id of an event, a whole number") }
            self.since = id
        } else {
            self.since = nil
        }
    }

    private static func channels(_ names: String) throws(APIError) -> Channels {
        var unknown: [JSONValue] = []
        let list = names.split(separator: ",").map { JSONValue.string($0.filter { $0 != " " }) }
        let channels = Channels(named: list, unknown: &unknown)
        guard unknown.isEmpty, !channels.isEmpty else {
            let known = Channel.allCases.map(\.name).joined(separator: ", ")
            throw .invalid("channels must be a list of \(known)")
        }
        return channels
    }
}
