import Clocks
import Events
import JSON

/// A whole run as JSON: as it is listed, exported and stored. Its members have the names that the live socket uses.
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
        LiveRunJSON.write(run.summary, to: &writer)
        writer.endObject()
        writer.key("shots")
        writer.beginArray()
        for shot in run.shots {
            writer.beginObject()
            LiveRunJSON.write(shot, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("hits")
        writer.beginArray()
        for hit in run.hits {
            writer.beginObject()
            LiveRunJSON.write(hit, to: &writer)
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

    /// Of a document that was written here.
    package static let limits: JSONLimits = {
        var limits = JSONLimits.standard
        limits.bytes = 4 << 20
        return limits
    }()

    private static func text(_ text: String?, to writer: inout JSONWriter) {
        if let text { writer.string(text) } else { writer.null() }
    }
}

/// What a person says of a run. What is nil stays as it is.
package struct RunEdit: Hashable, Sendable {
    /// The inner nil takes the name away.
    package var shooter: String??
    package var stage: String??
    /// In seconds.
    package var parTimes: [Double]?

    package init() {}

    package var isEmpty: Bool { shooter == nil && stage == nil && parTimes == nil }
}
