import Clocks
import Events
import JSON

/// A run that exists only as a stored document: parsed, edited and published.
package struct RunDocument: Sendable {
    package let id: RunID
    package let number: Int64
    package let timer: DeviceID
    package let started: WallTime
    package let state: String
    private var members: JSONObject

    /// Nil if the JSON is not a run document.
    package init?(_ json: [UInt8]) {
        guard let members = try? JSONValue(parsing: json, limits: RunJSON.limits).objectValue,
            let id = members["run_id"]?.stringValue, let number = members["number"]?.integerValue,
            let timer = members["device_id"]?.stringValue, let state = members["state"]?.stringValue,
            let started = members["start_time"]?.stringValue.flatMap({ ISO8601.parse($0) })
        else { return nil }
        self.id = RunID(id)
        self.number = number
        self.timer = DeviceID(timer)
        self.started = started
        self.state = state
        self.members = members
    }

    package var shooter: String? { members["shooter_name"]?.stringValue }
    package var stage: String? { members["stage_name"]?.stringValue }

    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.value(.object(members))
        return writer.finish()
    }

    package mutating func apply(_ edit: RunEdit) {
        if let shooter = edit.shooter { members.set("shooter_name", to: shooter.map(JSONValue.string) ?? .null) }
        if let stage = edit.stage { members.set("stage_name", to: stage.map(JSONValue.string) ?? .null) }
        if let times = edit.parTimes, var summary = members["summary"]?.objectValue {
            let shots = members["shots"]?.arrayValue?.compactMap { $0["time"]?.doubleValue } ?? []
            summary.set("par_times", to: .array(times.map { Self.par(Nanoseconds(seconds: $0), shots) }))
            members.set("summary", to: .object(summary))
        }
    }

    /// Records the id of an event of the run.
    package mutating func append(event: UInt64) {
        var events = members["events"]?.arrayValue ?? []
        guard events.count < RunRecord.maximumShots + RunRecord.maximumHits else { return }
        events.append(.integer(Int64(clamping: event)))
        members.set("events", to: .array(events))
    }

    /// The event to publish after an edit.
    package var updated: RunEvent {
        RunEvent(
            run: id, timer: timer, shooter: shooter, stage: stage,
            change: .updated(Self.summary(members["summary"]?.objectValue ?? JSONObject())))
    }

    private static func summary(_ summary: JSONObject) -> RunSummary {
        func count(_ value: JSONValue?) -> Int { Int(clamping: value?.integerValue ?? 0) }
        func span(_ value: JSONValue?) -> Nanoseconds? { value?.doubleValue.map { Nanoseconds(seconds: $0) } }
        return RunSummary(
            shots: count(summary["shots"]), time: span(summary["total_time"]) ?? .zero,
            firstShot: span(summary["first_shot"]), bestSplit: span(summary["best_split"]),
            hits: count(summary["hits"]), strayHits: count(summary["stray_hits"]),
            targets: summary["targets"]?.arrayValue?.compactMap { target in
                target["target"]?.stringValue.map { .init(target: $0, hits: count(target["hits"])) }
            } ?? [],
            parTimes: summary["par_times"]?.arrayValue?.compactMap { par in
                span(par["time"]).map { .init(time: $0, shots: count(par["shots"])) }
            } ?? [],
            isRepaired: summary["repaired"]?.booleanValue ?? false)
    }

    private static func par(_ time: Nanoseconds, _ shots: [Double]) -> JSONValue {
        var par = JSONObject()
        par.set("time", to: .number(time.inSeconds))
        par.set("shots", to: .integer(Int64(shots.count { Nanoseconds(seconds: $0) <= time })))
        return .object(par)
    }
}
