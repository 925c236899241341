import Clocks
import Events
import JSON

/// The channel `heart_rate`: rates, and what boards on cables tell besides.
extension LiveEventJSON {
    static func write(_ heart: HeartEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("heart_rate", "heart_rate_measured", stamp, to: &writer)
        writer.member("device_id", heart.device.text)
        writer.member("user", heart.user)
        writer.key("data")
        writer.beginObject()
        writer.key("bpm")
        if let rate = heart.rate.beatsPerMinute { writer.number(rate) } else { writer.null() }
        writer.member("bpm_raw", heart.measured)
        if let contact = heart.contact { writer.member("contact", contact) }
        if let statistics = heart.statistics {
            writer.key("statistics")
            HeartJSON.statistics(statistics, to: &writer)
        }
        writer.endObject()
        end(stamp, to: &writer)
    }

    static func write(_ beat: HeartBeatEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("heart_rate", "heart_beat", stamp, to: &writer)
        writer.member("device_id", beat.device.text)
        if let user = beat.user { writer.member("user", user) }
        writer.key("data")
        writer.beginObject()
        writer.member("bpm", beat.beatsPerMinute)
        if let interval = beat.interval { writer.member("interval", interval.inSeconds, decimals: 3) }
        writer.member("believable", beat.isPlausible)
        writer.endObject()
        end(stamp, to: &writer)
    }

    static func write(_ change: HeartContactEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("heart_rate", "contact_changed", stamp, to: &writer)
        writer.member("device_id", change.device.text)
        if let user = change.user { writer.member("user", user) }
        writer.key("data")
        writer.beginObject()
        writer.member("contact", change.contact.rawValue)
        if let former = change.previous { writer.member("former", former.rawValue) }
        if let infrared = change.infrared { writer.member("ir_value", infrared) }
        writer.endObject()
        end(stamp, to: &writer)
    }

    static func write(_ silence: HeartSilenceEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("heart_rate", "heart_silent", stamp, to: &writer)
        writer.member("device_id", silence.device.text)
        writer.member("user", silence.user)
        writer.key("data")
        writer.beginObject()
        writer.member("silent_seconds", silence.silence.inSeconds, decimals: 1)
        writer.endObject()
        end(stamp, to: &writer)
    }
}
