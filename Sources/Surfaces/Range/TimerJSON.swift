import Clocks
import JSON
import ShootingRange

enum TimerJSON {
    static func write(_ timer: RangeTimerStatus, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", timer.id)
        writer.member("name", timer.name)
        writer.member("connected", timer.isConnected)
        writer.member("used", timer.isUsed)
        write("battery", timer.battery, to: &writer)
        write("signal", timer.signal, to: &writer)
        writer.member("last_seen", timer.lastSeen)
        writer.key("run_id")
        if let run = timer.run { writer.string(run) } else { writer.null() }
        writer.key("shots")
        write(timer.shots, to: &writer)
        writer.endObject()
    }

    /// In the shape that LeadVille's own pages read. What a timer is set to it does not tell, so that stays unknown.
    static func writeLeadVille(_ timer: RangeTimerStatus, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", timer.id)
        writer.member("hw_addr", timer.id)
        writer.member("label", timer.name)
        write("battery", timer.battery, to: &writer)
        write("rssi", timer.signal, to: &writer)
        writer.member("last_seen", timer.lastSeen)
        writer.member("connected", timer.isConnected)
        // Whoever is connected is listened to.
        writer.member("monitoring", timer.isConnected)
        writer.key("sensitivity")
        writer.null()
        write("battery_level", timer.battery, to: &writer)
        write("signal_strength", timer.signal, to: &writer)
        writer.member("current_shots", timer.shots.count)
        writer.key("last_time")
        if let last = timer.shots.last { writer.number(last.inSeconds) } else { writer.null() }
        writer.key("shot_sequence")
        write(timer.shots, to: &writer)
        writer.endObject()
    }

    private static func write(_ name: StaticString, _ number: Int?, to writer: inout JSONWriter) {
        writer.key(name)
        if let number { writer.integer(number) } else { writer.null() }
    }

    private static func write(_ times: [Nanoseconds], to writer: inout JSONWriter) {
        writer.beginArray()
        for time in times { writer.number(time.inSeconds) }
        writer.endArray()
    }
}
