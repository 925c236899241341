import Clocks
import Events
import JSON
import ShootingRange

/// Runs, as `run_update` and as `session_update`.
extension LiveEventJSON {
    func write(_ run: RunEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("run_update", run.change.name, stamp, to: &writer)
        writer.member("run_id", run.run.text)
        writer.key("data")
        writer.beginObject()
        writer.member("shooter_name", orNull: run.shooter)
        writer.member("stage_name", orNull: run.stage)
        switch run.change {
        case .started(let time): writer.member("start_time", time)
        case .shot(let shot), .finalShot(let shot): RunJSON.write(shot, to: &writer)
        case .hit(let hit): RunJSON.write(hit, to: &writer)
        case .updated(let summary): RunJSON.write(summary, to: &writer)
        case .ended(let reason, let summary):
            writer.member("reason", reason.rawValue)
            RunJSON.write(summary, to: &writer)
        }
        writer.member("device_id", run.timer.text)
        writer.endObject()
        end(stamp, to: &writer)
    }

    /// The shots of a run as `session_update`; nothing for a change that concerns no shot.
    static func writeSession(
        _ run: RunEvent, _ stamp: EventStamp, _ vocabulary: LiveVocabulary, to writer: inout JSONWriter
    ) {
        let session: (state: String, shots: Int, time: Nanoseconds)
        switch run.change {
        case .started: session = ("active", 0, .zero)
        case .shot(let shot): session = ("active", shot.number, shot.time)
        case .updated(let summary): session = ("updated", summary.shots, summary.time)
        case .ended(let reason, let summary): session = (reason.rawValue, summary.shots, summary.time)
        case .finalShot, .hit: return
        }
        writeSession(
            run.run.text, state: session.state, shots: session.shots, time: session.time, stamp, vocabulary,
            to: &writer)
    }

    static func writeSession(
        _ run: String, state: String, shots: Int, time: Nanoseconds, _ stamp: EventStamp, _ vocabulary: LiveVocabulary,
        to writer: inout JSONWriter
    ) {
        let event = Self(vocabulary: vocabulary, channel: .sessionUpdates, withRaw: false)
        writer.beginObject()
        writer.member("type", "session_update")
        writer.member("timestamp", stamp.wall)
        writer.key("data")
        writer.beginObject()
        writer.member("total_shots", shots)
        writer.member("last_shot_time", seconds: time)
        writer.member("timestamp", stamp.wall)
        writer.member("session_id", run)
        writer.member("state", state)
        writer.member("shots", shots)
        writer.member("duration", seconds: time)
        writer.endObject()
        event.end(stamp, to: &writer)
    }
}
