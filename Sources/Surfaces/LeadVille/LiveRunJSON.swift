import Clocks
import Events
import JSON

/// Runs in the shape of LeadVille's live socket.
enum LiveRunJSON {
    static func write(_ run: RunEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        LiveEventJSON.begin("run_update", run.change.name, stamp, to: &writer)
        writer.member("run_id", run.run.text)
        writer.key("data")
        writer.beginObject()
        writer.key("shooter_name")
        write(run.shooter, to: &writer)
        writer.key("stage_name")
        write(run.stage, to: &writer)
        switch run.change {
        case .started(let time): writer.member("start_time", time)
        case .shot(let shot): write(shot, to: &writer)
        case .hit(let hit): write(hit, to: &writer)
        case .updated(let summary): write(summary, to: &writer)
        case .ended(let reason, let summary):
            writer.member("reason", reason.rawValue)
            write(summary, to: &writer)
        }
        writer.member("device_id", run.timer.text)
        writer.endObject()
        LiveEventJSON.end(stamp, to: &writer)
    }

    static func write(_ shot: RunShot, to writer: inout JSONWriter) {
        writer.member("shot", shot.number)
        writer.member("time", seconds: shot.time)
        writer.member("split", seconds: shot.split)
        if let fired = shot.fired { writer.member("fired", fired) }
        if let error = shot.error { writer.member("error_seconds", seconds: error) }
        if shot.isRepaired { writer.member("repaired", true) }
    }

    static func write(_ hit: RunHit, to writer: inout JSONWriter) {
        writer.member("impact_id", hit.impact)
        writer.member("sensor_id", hit.sensor.text)
        writer.key("target")
        write(hit.target, to: &writer)
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

    private static func write(_ text: String?, to writer: inout JSONWriter) {
        if let text { writer.string(text) } else { writer.null() }
    }
}
