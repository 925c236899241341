import Events
import JSON

/// The latest events in memory, while a client follows them: what happened since the journal was read.
struct EventTail {
    private struct Entry {
        let event: Event
        let weight: Int
        /// In the gateway's own vocabulary, once somebody needed it.
        var message: [UInt8]?
    }

    static let maximumEvents = 4_096
    static let maximumBytes = 1 << 20
    static let messagesBytes = 48 << 10

    private var entries: [Entry] = []
    /// Entries before this one were removed.
    private var first = 0
    private var bytes = 0
    private var followers = 0
    /// All events above this number are in the tail.
    private(set) var begin: UInt64 = .max

    var isFollowed: Bool { followers > 0 }

    /// - Parameter latest: the number of the latest event.
    mutating func follow(latest: UInt64) {
        if followers == 0 { begin = latest }
        followers += 1
    }

    mutating func unfollow() {
        followers -= 1
        if followers == 0 { self = EventTail() }
    }

    mutating func append(_ event: Event) {
        guard isFollowed else { return }
        let weight = event.weight
        entries.append(Entry(event: event, weight: weight, message: nil))
        bytes += weight
        while entries.count - first > Self.maximumEvents || bytes > Self.maximumBytes {
            begin = entries[first].event.stamp.id
            bytes -= entries[first].weight
            first += 1
        }
        if first > entries.count / 2, first >= 64 {
            entries.removeSubrange(..<first)
            first = 0
        }
    }

    /// Appends the messages after `cursor` that a client has to receive, and moves the cursor. Stops when they are many.
    /// - Parameter latest: the number of the latest event, which may be one that clients do not receive.
    mutating func append(
        after cursor: inout UInt64, latest: UInt64, _ filter: EventFilter, _ format: EventFormat, raw: Bool,
        to messages: inout EventMessages
    ) {
        var index = entries.count
        while index > first, entries[index - 1].event.stamp.id > cursor { index -= 1 }
        while index < entries.count, messages.bytes.count < Self.messagesBytes {
            append(index, filter, format, raw: raw, to: &messages)
            cursor = entries[index].event.stamp.id
            index += 1
        }
        if index == entries.count { cursor = max(cursor, latest) }
    }

    private mutating func append(
        _ index: Int, _ filter: EventFilter, _ format: EventFormat, raw: Bool, to messages: inout EventMessages
    ) {
        let event = entries[index].event
        let id = event.stamp.id
        if let channel = event.body.channel, filter.contains(channel, id) {
            messages.append(message(index, format.vocabulary, raw: raw)[...], id: id)
        }
        if case .run(let run) = event.body, filter.contains(.sessionUpdates, id) {
            var writer = JSONWriter(.spaced)
            LiveEventJSON.writeSession(run, event.stamp, format.vocabulary, to: &writer)
            if !writer.bytes.isEmpty { messages.append(writer.bytes, id: id) }
        }
    }

    private mutating func message(_ index: Int, _ vocabulary: LiveVocabulary, raw: Bool) -> [UInt8] {
        let isShared = vocabulary == .status && !raw
        if isShared, let message = entries[index].message { return message }
        var writer = JSONWriter(.spaced)
        LiveEventJSON.write(entries[index].event, vocabulary, withRaw: raw, to: &writer)
        let message = writer.finish()
        if isShared { entries[index].message = message }
        return message
    }
}

extension Event {
    /// About how much memory it takes, encoded and not.
    fileprivate var weight: Int {
        switch body {
        case .application(let event): 1_024 + 2 * event.data.count
        case .pressure(let pressure): 512 + 16 * pressure.matrix.cells.count
        case .motion(let motion): 512 + 128 * motion.readings.count
        default: 1_024
        }
    }
}
