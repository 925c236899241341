import Clocks
import Events
import JSON

/// The latest starts, shots, stops and impacts, in order and bounded. A value: live events and stored ones go in.
struct ShotLog: Sendable {
    struct Entry: Hashable, Sendable {
        enum Kind: String, Sendable {
            case start = "START"
            case shot = "SHOT"
            case stop = "STOP"
            case impact = "IMPACT"
        }

        /// The id of the event.
        let id: UInt64
        let time: WallTime
        let kind: Kind
        let device: DeviceID
        /// Of a shot.
        var number: Int?
        var split: Nanoseconds?
        /// Since the beep: of a shot, or of the last shot of a string that has stopped.
        var total: Nanoseconds?
        /// The shots of the string so far.
        var shots: Int?
        /// The peak velocity of an impact in mm/s, and its target.
        var magnitude: Double?
        var target: String?

        init(_ kind: Kind, of device: DeviceID, id: UInt64, at time: WallTime) {
            self.id = id
            self.time = time
            self.kind = kind
            self.device = device
        }
    }

    static let capacity = 1_000

    /// A ring: the oldest entry is at `start` once it is full.
    private var ring: [Entry] = []
    private var start = 0

    /// Newest first.
    func latest(_ limit: Int, where isIncluded: (Entry) -> Bool = { _ in true }) -> [Entry] {
        var latest: [Entry] = []
        for offset in 0..<ring.count where latest.count < limit {
            let entry = self[ring.count - 1 - offset]
            if isIncluded(entry) { latest.append(entry) }
        }
        return latest
    }

    /// The shots since the latest start, of the same timer, by number.
    var currentString: [Entry] {
        var shots: [Int: Entry] = [:]
        guard let begin = (0..<ring.count).last(where: { self[$0].kind == .start }) else { return [] }
        for place in begin..<ring.count where self[place].kind == .shot && self[place].device == self[begin].device {
            if let number = self[place].number { shots[number] = self[place] }
        }
        return shots.values.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
    }

    /// Adds an event, and returns the new entries. Repaired shots come as a list.
    @discardableResult
    mutating func append(_ event: Event) -> [Entry] {
        let (id, time) = (event.stamp.id, event.stamp.wall)
        switch event.body {
        case .timer(let report):
            switch report.action {
            case .started: return append([Entry(.start, of: report.timer, id: id, at: time)])
            case .shot(let shot):
                return append([Self.shot(shot.number, shot.time, shot.split, of: report.timer, id: id, at: time)])
            case .stopped(let last):
                var entry = Entry(.stop, of: report.timer, id: id, at: time)
                (entry.shots, entry.total) = (last?.number ?? 0, last?.time)
                return append([entry])
            case .listed(let times): return appendMissing(times, of: report.timer, id: id, at: time)
            }
        case .impact(let impact) where impact.reject == nil:
            var entry = Entry(.impact, of: impact.sensor, id: id, at: time)
            (entry.magnitude, entry.target) = (impact.peakVelocity, impact.target)
            return append([entry])
        default: return []
        }
    }

    /// Adds a stored event of a timer or a sensor, in order.
    mutating func append(stored body: [UInt8], of device: DeviceID, id: UInt64, at time: WallTime) {
        guard let event = try? JSONValue(parsing: body), let data = event["data"] else { return }
        let number = data["current_shot"]?.integerValue.map { Int($0) } ?? 0
        let total = Self.span(data["current_time"])
        switch event["event_type"]?.stringValue {
        case "timer_started": append([Entry(.start, of: device, id: id, at: time)])
        case "shot_detected":
            let split = Self.span(data["split_time"])
            append([Self.shot(number, total ?? .zero, split ?? .zero, of: device, id: id, at: time)])
        case "timer_stopped":
            var entry = Entry(.stop, of: device, id: id, at: time)
            (entry.shots, entry.total) = (number, number > 0 ? total : nil)
            append([entry])
        case "string_listed":
            let times = data["shot_times"]?.arrayValue?.compactMap(Self.span) ?? []
            _ = appendMissing(times, of: device, id: id, at: time)
        case "impact_detected":
            var entry = Entry(.impact, of: device, id: id, at: time)
            entry.magnitude = data["magnitude"]?.doubleValue
            entry.target = data["target"]?.stringValue
            append([entry])
        default: break
        }
    }

    /// Nil for a time that no timer shows: the row is damaged.
    private static func span(_ value: JSONValue?) -> Nanoseconds? {
        value?.doubleValue.flatMap { abs($0) < 86_400 ? Nanoseconds(seconds: $0) : nil }
    }

    /// Adds the shots of the timer's latest string that were missed. If the string is another one than the one in the log,
    /// all of it was missed.
    private mutating func appendMissing(
        _ times: [Nanoseconds], of timer: DeviceID, id: UInt64, at time: WallTime
    ) -> [Entry] {
        let known = string(of: timer)
        let isSame = known?.allSatisfy { entry in
            entry.number.map { times.indices.contains($0 - 1) && times[$0 - 1] == entry.total } ?? false
        }
        var entries: [Entry] = []
        if isSame != true, !times.isEmpty { entries.append(Entry(.start, of: timer, id: id, at: time)) }
        for (index, shot) in times.enumerated() {
            if isSame == true, known?.contains(where: { $0.number == index + 1 }) == true { continue }
            let split = shot - (index > 0 ? times[index - 1] : .zero)
            entries.append(Self.shot(index + 1, shot, split, of: timer, id: id, at: time))
        }
        return append(entries)
    }

    /// The shots since the timer's latest start; nil if there is none.
    private func string(of timer: DeviceID) -> [Entry]? {
        guard let begin = (0..<ring.count).last(where: { self[$0].kind == .start && self[$0].device == timer }) else {
            return nil
        }
        return (begin..<ring.count).map { self[$0] }.filter { $0.kind == .shot && $0.device == timer }
    }

    private static func shot(
        _ number: Int, _ time: Nanoseconds, _ split: Nanoseconds, of timer: DeviceID, id: UInt64, at wall: WallTime
    ) -> Entry {
        var entry = Entry(.shot, of: timer, id: id, at: wall)
        (entry.number, entry.total, entry.split, entry.shots) = (number, time, split, number)
        return entry
    }

    @discardableResult
    mutating func append(_ entries: [Entry]) -> [Entry] {
        for entry in entries {
            if ring.count < Self.capacity {
                ring.append(entry)
            } else {
                ring[start] = entry
                start = (start + 1) % Self.capacity
            }
        }
        return entries
    }

    /// By age: 0 is the oldest entry.
    private subscript(place: Int) -> Entry { ring[(start + place) % ring.count] }
}

/// Entries as the pages of the shot log and of the timer dashboard read them.
struct ShotLogJSON {
    /// The name of a device.
    let name: (DeviceID) -> String

    // MARK: Shot log

    func writeRow(_ entry: ShotLog.Entry, to writer: inout JSONWriter) {
        writer.member("log_id", entry.id)
        writer.member("timestamp", entry.time)
        writer.member("level", entry.kind == .shot ? "SUCCESS" : entry.kind == .impact ? "WARNING" : "INFO")
        writer.member("source", name(entry.device))
        writer.member("message", shown: message(entry))
        writer.member("event_type", entry.kind.rawValue)
        writer.member(
            "record_type", entry.kind == .shot ? "shot" : entry.kind == .impact ? "impact" : "timer_control")
        writer.member("shot_number", orNull: entry.number)
        writer.member("split_time", secondsOrNull: entry.split)
        writer.member("total_time", secondsOrNull: entry.total)
        writer.member("sensor_mac", orNull: entry.kind == .impact ? entry.device.text : nil)
        writer.key("impact_magnitude")
        if let magnitude = entry.magnitude { writer.number(magnitude) } else { writer.null() }
    }

    private func message(_ entry: ShotLog.Entry) -> String {
        switch entry.kind {
        case .start: return "Timer started"
        case .shot:
            let (split, total) = ((entry.split ?? .zero).secondsText, (entry.total ?? .zero).secondsText)
            return "Shot #\(entry.number ?? 0) - Split: \(split)s, Total: \(total)s"
        case .stop:
            guard let total = entry.total else { return "Timer stopped - No shots" }
            return "Timer stopped - Final time: \(total.secondsText)s"
        case .impact:
            let magnitude = DecimalText.string(entry.magnitude ?? 0, decimals: 1)
            return "Impact on \(entry.target ?? name(entry.device)) - Peak velocity: \(magnitude) mm/s"
        }
    }

    // MARK: Timer dashboard

    func writeEvent(_ entry: ShotLog.Entry, to writer: inout JSONWriter) {
        writer.member("log_id", entry.id)
        writer.member("event_time", entry.time)
        writer.member("event_type", entry.kind.rawValue)
        writer.member("shot_number", orNull: entry.number)
        writer.member("total_shots", orNull: entry.shots)
        writeTimes(entry, to: &writer)
        writer.member("timer_device", name(entry.device))
    }

    func writeShot(_ entry: ShotLog.Entry, to writer: inout JSONWriter) {
        writer.member("log_id", entry.id)
        writer.member("shot_number", orNull: entry.number)
        writer.member("event_time", entry.time)
        writeTimes(entry, to: &writer)
    }

    private func writeTimes(_ entry: ShotLog.Entry, to writer: inout JSONWriter) {
        writer.member("shot_time", secondsOrNull: entry.split)
        writer.member("string_total_time", secondsOrNull: entry.total)
        writer.member("shot_rating", Self.rating(entry.split))
    }

    /// By the split.
    private static func rating(_ split: Nanoseconds?) -> StaticString {
        guard let split else { return "slow" }
        if split <= .milliseconds(300) { return "excellent" }
        if split <= .milliseconds(500) { return "good" }
        return split <= .milliseconds(700) ? "fair" : "slow"
    }
}
