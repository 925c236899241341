import Clocks
import Reactor

/// The events that one client missed: from the journal, then from memory what happened while the journal was read. Each
/// event comes once, in order. Memory is bounded: what happened too long ago to be in memory is read from the journal.
@ReactorActor
final class EventReplay {
    private let events: LiveEvents
    private let filter: EventFilter
    private let format: EventFormat
    private let withRaw: Bool
    /// Where the client continues.
    private let since: UInt64
    /// The client has received everything up to this number.
    private var cursor: UInt64
    /// All events up to this number can be read from the journal.
    private var storedThrough: UInt64 = 0
    private var hasBegun = false
    private var isClosed = false
    /// How many events were sent.
    private(set) var count = 0

    /// - Parameter since: the latest event that the client knows.
    init(since: UInt64, _ filter: EventFilter, _ format: EventFormat, withRaw: Bool, from events: LiveEvents) {
        self.events = events
        self.filter = filter
        self.format = format
        self.withRaw = withRaw
        self.since = since
        cursor = since
        events.tail.follow(latest: events.latestID)
    }

    /// Whether there is nothing more at present. It stays so until the loop continues.
    var isCaughtUp: Bool { hasBegun && cursor >= events.latestID }

    /// Call it once, when no more messages are wanted.
    func close() {
        isClosed = true
        events.tail.unfollow()
    }

    /// The next messages; nil if there are none at present.
    func next() async -> [UInt8]? {
        if !hasBegun {
            hasBegun = true
            if since > events.latestID {
                cursor = events.latestID
                return notice(.unknown(since: since, latest: cursor))
            }
        }
        while !isClosed, cursor < events.tail.begin {
            if let messages = await nextFromJournal() { return messages }
        }
        return isClosed ? nil : nextFromMemory()
    }

    /// The messages that are in memory; nil if there are none.
    private func nextFromMemory() -> [UInt8]? {
        var messages = EventMessages(format)
        events.tail.append(
            after: &cursor, latest: events.latestID, filter, format, raw: withRaw, to: &messages)
        count += messages.events
        return messages.bytes.isEmpty ? nil : messages.bytes
    }

    private func nextFromJournal() async -> [UInt8]? {
        guard events.history.isKept else {
            cursor = events.tail.begin
            return notice(.deleted(since: since, through: cursor))
        }
        if cursor >= storedThrough {
            let latest = events.latestID
            if let error = await events.history.waitUntilStored(through: latest) { return skip(to: latest, "\(error)") }
            storedThrough = latest
        }
        do {
            let page = try await events.history.page(after: cursor, through: storedThrough, filter, format)
            guard let page else { return nil }
            var messages = EventMessages(format)
            if page.deletedThrough > cursor {
                messages.append(
                    .deleted(since: cursor, through: min(page.deletedThrough, storedThrough)), at: SystemClock.wall())
            }
            cursor = max(cursor, page.readThrough)
            count += page.messages.events
            let bytes = messages.bytes + page.messages.bytes
            return bytes.isEmpty ? nil : bytes
        } catch {
            return skip(to: storedThrough, "\(error)")
        }
    }

    private func skip(to id: UInt64, _ reason: String) -> [UInt8] {
        defer { cursor = max(cursor, id) }
        return notice(.unreadable(since: cursor, reason))
    }

    private func notice(_ notice: EventNotice) -> [UInt8] {
        var messages = EventMessages(format)
        messages.append(notice, at: SystemClock.wall())
        return messages.bytes
    }
}
