import Clocks
import Events
import JSON

/// A whole run as JSON, as listed, exported and stored. Its members have the same names as on the live socket.
package enum RunJSON {
    package static func document(_ run: RunRecord) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("run_id", run.id.text)
        writer.member("number", run.number)
        writer.member("state", run.state)
        writer.member("device_id", run.timer.text)
        writer.key("shooter_name")
        text(run.shooter, to: &writer)
        writer.key("stage_name")
        text(run.stage, to: &writer)
        writer.member("start_time", run.started)
        if let ended = run.ended { writer.member("end_time", ended) }
        writer.key("summary")
        writer.beginObject()
        write(run.summary, to: &writer)
        writer.endObject()
        writer.key("shots")
        writer.beginArray()
        for shot in run.shots {
            writer.beginObject()
            write(shot, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("hits")
        writer.beginArray()
        for hit in run.hits {
            writer.beginObject()
            write(hit, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("events")
        writer.beginArray()
        for event in run.events { writer.integer(event) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// For stored documents.
    package static let limits: JSONLimits = {
        var limits = JSONLimits.standard
        limits.bytes = 4 << 20
        return limits
    }()

    package static func write(_ shot: RunShot, to writer: inout JSONWriter) {
        writer.member("shot", shot.number)
        writer.member("time", seconds: shot.time)
        writer.member("split", seconds: shot.split)
        if let fired = shot.fired { writer.member("fired", fired) }
        if let error = shot.error { writer.member("error_seconds", seconds: error) }
        if shot.isRepaired { writer.member("repaired", true) }
    }

    package static func write(_ hit: RunHit, to writer: inout JSONWriter) {
        writer.member("impact_id", hit.impact)
        writer.member("sensor_id", hit.sensor.text)
        writer.key("target")
        text(hit.target, to: &writer)
        writer.member("magnitude", hit.peakVelocity)
        writer.member("time", seconds: hit.time)
        switch hit.match {
        case .shot(let number, let delay, let error, let confidence):
            writer.member("shot", number)
            writer.member("delay", seconds: delay)
            writer.member("error_seconds", seconds: error)
            writer.member("confidence", confidence)
        case .none:
            writer.key("shot")
            writer.null()
        case .crossTalk(let other):
            writer.key("shot")
            writer.null()
            writer.member("cross_talk_of", other)
        }
        writer.member("final", hit.isFinal)
    }

    package static func write(_ summary: RunSummary, to writer: inout JSONWriter) {
        writer.member("shots", summary.shots)
        writer.member("total_time", seconds: summary.time)
        if let first = summary.firstShot { writer.member("first_shot", seconds: first) }
        if let split = summary.bestSplit { writer.member("best_split", seconds: split) }
        writer.member("hits", summary.hits)
        writer.member("stray_hits", summary.strayHits)
        writer.key("targets")
        writer.beginArray()
        for target in summary.targets {
            writer.beginObject()
            writer.member("target", target.target)
            writer.member("hits", target.hits)
            writer.endObject()
        }
        writer.endArray()
        if !summary.parTimes.isEmpty {
            writer.key("par_times")
            writer.beginArray()
            for par in summary.parTimes {
                writer.beginObject()
                writer.member("time", seconds: par.time)
                writer.member("shots", par.shots)
                writer.endObject()
            }
            writer.endArray()
        }
        if summary.isRepaired { writer.member("repaired", true) }
    }

    private static func text(_ text: String?, to writer: inout JSONWriter) {
        if let text { writer.string(text) } else { writer.null() }
    }
}

/// A change of a run by an operator. Nil leaves a value unchanged.
package struct RunEdit: Hashable, Sendable {
    /// The inner nil removes the name.
    package var shooter: String??
    package var stage: String??
    /// In seconds.
    package var parTimes: [Double]?

    package init() {}

    package var isEmpty: Bool { shooter == nil && stage == nil && parTimes == nil }
}

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
