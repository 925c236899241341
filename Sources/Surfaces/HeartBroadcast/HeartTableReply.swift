import Clocks
import Events
import JSON
import Signals

/// A reply with one member per user. It can be large, so it is encoded in pieces: its beginning, its users and its end.
struct HeartTableReply {
    enum Kind: Hashable, CaseIterable {
        /// The latest message of each user, and the state of the broker.
        case status
        case allStatistics
    }

    private let kind: Kind
    private var writer = JSONWriter(.spaced)
    private var rest: ArraySlice<HeartUsers.Entry>
    private var names: Set<String> = []

    init(_ kind: Kind, users: HeartUsers, clients: Int) {
        self.kind = kind
        rest = users.entries[...]
        writer.beginObject()
        switch kind {
        case .status:
            writer.member("type", "status_response")
            writer.member("active_devices", users)
            writer.member("connected_clients", clients)
            writer.key("latest_data")
        case .allStatistics:
            writer.member("type", "all_statistics_response")
            writer.key("user_statistics")
        }
        writer.beginObject()
    }

    /// Encodes users until they take `bytes`. Returns whether there are more.
    mutating func encode(atLeast bytes: Int, latest message: (HeartUsers.Entry) -> [UInt8]?) -> Bool {
        let end = writer.bytes.count + bytes
        while writer.bytes.count < end {
            guard let entry = rest.popFirst() else { return false }
            switch kind {
            case .status:
                guard let message = message(entry) else { continue }
                writeKey(entry.user)
                writer.raw(message[...])
            case .allStatistics:
                guard let statistics = entry.signal.history.statistics else { continue }
                writeKey(entry.user)
                HeartJSON.statistics(statistics, to: &writer)
            }
        }
        return !rest.isEmpty
    }

    mutating func finish(users: HeartUsers, smoothing: HeartSmoothing, at now: Moment) -> ArraySlice<UInt8> {
        writer.endObject()
        if kind == .status {
            writer.member("smoothing_enabled", smoothing.enabled)
            writer.key("smoothing_config")
            writer.beginObject()
            writer.member("alpha", smoothing.alpha)
            writer.member("history_length", smoothing.historyLength)
            writer.member("outlier_threshold", smoothing.outlierThreshold)
            writer.member("min_bpm", smoothing.minimum)
            writer.member("max_bpm", smoothing.maximum)
            writer.endObject()
        }
        writer.member("timestamp", epochSeconds: now.wall)
        if kind == .status {
            writer.key("stale_devices")
            writer.beginArray()
            for entry in users.entries where users.isStale(entry, at: now.monotonic) { writer.user(entry.user) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    /// The number 1 and the text "1" would share a key, so the text keeps its quotes.
    private mutating func writeKey(_ user: HeartUser) {
        let name = user.description
        writer.key(names.insert(name).inserted ? name : "\"\(name)\"")
    }
}
