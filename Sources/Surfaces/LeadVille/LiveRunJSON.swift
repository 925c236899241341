import Clocks
import Events
import JSON
import ShootingRange

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
        case .shot(let shot): RunJSON.write(shot, to: &writer)
        case .hit(let hit): RunJSON.write(hit, to: &writer)
        case .updated(let summary): RunJSON.write(summary, to: &writer)
        case .ended(let reason, let summary):
            writer.member("reason", reason.rawValue)
            RunJSON.write(summary, to: &writer)
        }
        writer.member("device_id", run.timer.text)
        writer.endObject()
        LiveEventJSON.end(stamp, to: &writer)
    }

    private static func write(_ text: String?, to writer: inout JSONWriter) {
        if let text { writer.string(text) } else { writer.null() }
    }
}
