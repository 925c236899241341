import Clocks
import Events
import JSON
import Store

/// Stored events in the format of the live socket. They are stored in nearly that format.
enum StoredEvents {
    /// Appends the messages of an entry that a client has to receive.
    static func append(
        _ entry: JournalEntry, _ filter: EventFilter, _ vocabulary: LiveVocabulary, to messages: inout EventMessages
    ) {
        let id = UInt64(clamping: entry.sequence)
        guard let channel = channel(of: entry) else { return }
        if filter.contains(channel, id) {
            if vocabulary == .status, entry.kind != EventKind.application.name {
                messages.append(entry.body[...], id: id)
            } else if let message = converted(entry, channel, vocabulary) {
                messages.append(message[...], id: id)
            }
        }
        if channel == .runUpdate, filter.contains(.sessionUpdates, id),
            let message = session(entry, vocabulary)
        {
            messages.append(message[...], id: id)
        }
    }

    private static let kinds = Dictionary(uniqueKeysWithValues: EventKind.allCases.map { ($0.name, $0) })

    private static func channel(of entry: JournalEntry) -> Channel? {
        guard let kind = kinds[entry.kind] else { return nil }
        guard kind == .application else { return kind.channel }
        // Each body begins with its type.
        let type = entry.body.dropFirst(#"{"type":""#.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
        return ApplicationEvent.Kind(rawValue: String(decoding: type, as: UTF8.self))?.channel
    }

    private static func parse(_ entry: JournalEntry) -> JSONObject? {
        (try? JSONValue(parsing: entry.body, limits: .stored))?.objectValue
    }

    private static func text(_ object: JSONObject) -> [UInt8] {
        var writer = JSONWriter(.spaced)
        writer.value(.object(object))
        return writer.finish()
    }

    /// The words of a vocabulary instead of those of the store.
    private static func converted(
        _ entry: JournalEntry, _ channel: Channel, _ vocabulary: LiveVocabulary
    ) -> [UInt8]? {
        guard let stored = parse(entry) else { return nil }
        var event = JSONObject()
        for (key, value) in stored.members {
            switch (entry.kind, key) {
            case ("application", "client"): continue
            case ("application", "subject"):
                let kind = ApplicationEvent.Kind(rawValue: stored["type"]?.stringValue ?? "")
                guard let name = kind.flatMap(ApplicationEventRequest.subjectKey) else { continue }
                event.set(name, to: value)
            case ("timer", "event_type") where vocabulary != .status:
                let names = ["timer_started": "timer_start", "timer_stopped": "timer_stop"]
                let name = value.stringValue ?? ""
                event.set(key, to: .string(names[name] ?? name))
            case ("timer", "data") where vocabulary != .status: event.set(key, to: timerData(value))
            case (_, "id") where vocabulary == .streamer:
                event.set("channel", to: .string("\(channel.pluralName)"))
                event.set(
                    "event_id", to: .string("\(channel.pluralName)_\(entry.time.nanoseconds / 1_000)"))
                event.set(key, to: value)
            default: event.set(key, to: value)
            }
        }
        if entry.kind == "application", stored["subject"] == nil { setMissingSubject(of: &event) }
        return text(event)
    }

    private static func setMissingSubject(of event: inout JSONObject) {
        guard let kind = ApplicationEvent.Kind(rawValue: event["type"]?.stringValue ?? ""),
            let name = ApplicationEventRequest.subjectKey(kind)
        else { return }
        event.set(name, to: kind == .runUpdate ? .null : .string("application"))
    }

    private static func timerData(_ value: JSONValue) -> JSONValue {
        guard var data = value.objectValue else { return value }
        if data["shot_state"]?.stringValue == "STARTED" { data.set("shot_state", to: .string("START")) }
        if let shots = data["current_shot"] { data.set("total_shots", to: shots) }
        return .object(data)
    }

    /// As `LiveEventJSON.writeSession`.
    private static func session(_ entry: JournalEntry, _ vocabulary: LiveVocabulary) -> [UInt8]? {
        guard let stored = parse(entry), let data = stored["data"], let run = stored["run_id"]?.stringValue,
            let name = stored["event_type"]?.stringValue
        else { return nil }
        let shots = (name == "shot" ? data["shot"] : data["shots"])?.integerValue ?? 0
        let seconds = (name == "shot" ? data["time"] : data["total_time"])?.doubleValue ?? 0
        let state: String
        switch name {
        case "run_started", "shot": state = "active"
        case "run_updated": state = "updated"
        case "run_completed", "run_interrupted", "run_timeout", "run_unknown": state = String(name.dropFirst(4))
        default: return nil
        }
        var writer = JSONWriter(.spaced)
        LiveEventJSON.writeSession(
            run, state: state, shots: Int(shots), time: Nanoseconds(seconds: seconds),
            EventStamp(
                id: UInt64(clamping: entry.sequence), received: MonotonicTime(nanoseconds: 0), wall: entry.time),
            vocabulary, to: &writer)
        return writer.finish()
    }
}

extension JSONLimits {
    /// Events were within limits when they were stored.
    fileprivate static let stored: JSONLimits = {
        var limits = JSONLimits.standard
        limits.bytes = 1 << 20
        limits.stringBytes = 1 << 20
        return limits
    }()
}
