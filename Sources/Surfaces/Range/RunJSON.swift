import Clocks
import Events
import JSON

/// A whole run as JSON, as listed and exported. Its members have the same names as on the live socket.
package enum RunJSON {
    package static func write(_ run: RunRecord, to writer: inout JSONWriter) {
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
        if let dating = run.dating { write(dating, to: &writer) }
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
    }

    /// What is to be said of the times of a run: nothing if they are as good as the machine's clock.
    private static func write(_ dating: RunDating, to writer: inout JSONWriter) {
        guard dating.source != .unconfirmed else { return }
        writer.key("clock")
        writer.beginObject()
        writer.member("source", dating.source.rawValue)
        writer.member("corrected_seconds", seconds: dating.correction)
        writer.endObject()
    }

    static func write(_ shot: RunShot, to writer: inout JSONWriter) {
        writer.member("shot", shot.number)
        writer.member("time", seconds: shot.time)
        writer.member("split", seconds: shot.split)
        if let fired = shot.fired { writer.member("fired", fired) }
        if let error = shot.error { writer.member("error_seconds", seconds: error) }
        if shot.isRepaired { writer.member("repaired", true) }
        writer.member("final", shot.isFinal)
    }

    static func write(_ hit: RunHit, to writer: inout JSONWriter) {
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

    static func write(_ summary: RunSummary, to writer: inout JSONWriter) {
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
