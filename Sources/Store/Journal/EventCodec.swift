import Clocks
import Events
import JSON

/// The JSON in which events are stored. Rows of years ago have this shape: members may be added, but not changed. It
/// began as that of the live socket, which may change independently.
package enum EventCodec {
    /// Frames of mats and motions of phones would fill a disk within hours.
    package static func stores(_ kind: EventKind) -> Bool {
        switch kind {
        case .pressure, .motion, .measurement: false
        default: true
        }
    }

    /// nil for the kinds that are not stored.
    package static func encode(_ event: Event) -> [UInt8]? {
        var row = EventRow(event.stamp)
        switch event.body {
        case .heart(let heart): heart.encode(to: &row)
        case .heartBeat(let beat): beat.encode(to: &row)
        case .heartContact(let contact): contact.encode(to: &row)
        case .heartSilence(let silence): silence.encode(to: &row)
        case .timer(let timer): timer.encode(to: &row)
        case .impact(let impact): impact.encode(to: &row)
        case .run(let run): run.encode(to: &row)
        case .device(let device): device.encode(to: &row)
        case .adapter(let adapter): adapter.encode(to: &row)
        case .application(let application): application.encode(to: &row)
        case .recording(let recording): recording.encode(to: &row)
        case .broker(let broker): broker.encode(to: &row)
        case .audit(let audit): audit.encode(to: &row)
        case .clock(let clock): clock.encode(to: &row)
        case .pressure, .motion, .measurement: return nil
        }
        return row.finish()
    }
}

/// One row in the making: `type`, `event_type`, `timestamp`, members of the kind, `data`, `id`, `device_time`.
struct EventRow {
    let stamp: EventStamp
    var writer = JSONWriter()

    init(_ stamp: EventStamp) {
        self.stamp = stamp
    }

    mutating func begin(_ type: StaticString, _ eventType: StaticString) {
        writer.beginObject()
        writer.member("type", type)
        writer.member("event_type", eventType)
        writer.member("timestamp", stamp.wall)
    }

    mutating func data(_ write: (inout JSONWriter) -> Void) {
        writer.key("data")
        writer.beginObject()
        write(&writer)
        writer.endObject()
    }

    mutating func finish() -> [UInt8] {
        writer.member("id", stamp.id)
        writer.member("device_time", deviceTimeOf: stamp)
        writer.endObject()
        return writer.finish()
    }
}

/// Members that are left out without a value.
extension JSONWriter {
    mutating func optional(_ name: StaticString, _ text: String?) {
        if let text { member(name, text) }
    }

    fileprivate mutating func optional(_ name: StaticString, _ number: Int?) {
        if let number { member(name, number) }
    }

    fileprivate mutating func optional(_ name: StaticString, _ number: Double?) {
        if let number { member(name, number) }
    }

    fileprivate mutating func optional(_ name: StaticString, seconds span: Nanoseconds?) {
        if let span { member(name, seconds: span) }
    }

    fileprivate mutating func optional(_ name: StaticString, _ user: HeartUser?) {
        guard let user else { return }
        key(name)
        switch user {
        case .number(let number): integer(number)
        case .fraction(let number): self.number(number)
        case .text(let text): string(text)
        case .null: null()
        }
    }

    /// A member that is `null` without a value.
    mutating func nullable(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    fileprivate mutating func list<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(element, &self) }
        endArray()
    }
}

extension HeartEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("heart_rate", "heart_rate_measured")
        row.writer.member("device_id", device.text)
        row.writer.optional("user", user)
        row.data { data in
            data.key("bpm")
            if let value = rate.beatsPerMinute { data.number(value) } else { data.null() }
            data.member("bpm_raw", measured)
            if let contact { data.member("contact", contact) }
            guard let statistics else { return }
            data.key("statistics")
            data.beginObject()
            data.member("mean", statistics.mean)
            data.member("std", statistics.standardDeviation)
            data.member("min", statistics.minimum)
            data.member("max", statistics.maximum)
            data.member("last", statistics.last)
            data.endObject()
        }
    }
}

extension HeartBeatEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("heart_rate", "heart_beat")
        row.writer.member("device_id", device.text)
        row.writer.optional("user", user)
        row.data { data in
            data.member("bpm", beatsPerMinute)
            if let interval { data.member("interval", interval.inSeconds, decimals: 3) }
            data.member("believable", isPlausible)
        }
    }
}

extension HeartContactEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("heart_rate", "contact_changed")
        row.writer.member("device_id", device.text)
        row.writer.optional("user", user)
        row.data { data in
            data.member("contact", contact.rawValue)
            data.optional("former", previous?.rawValue)
            data.optional("ir_value", infrared)
        }
    }
}

extension HeartSilenceEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("heart_rate", "heart_silent")
        row.writer.member("device_id", device.text)
        row.writer.optional("user", user)
        row.data { data in data.member("silent_seconds", silence.inSeconds, decimals: 1) }
    }
}

extension TimerEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("timer_event", eventType)
        row.writer.member("device_id", timer.text)
        row.data { data in
            switch action {
            case .started: Self.encode(nil, "STARTED", "Timer started", to: &data)
            case .shot(let shot):
                let times = "\(shot.time.secondsText)s (Split: \(shot.split.secondsText)s)"
                Self.encode(shot, "ACTIVE", "Shot \(shot.number): \(times)", to: &data)
            case .stopped(let last):
                let count = last.map { " after \($0.number) shots: \($0.time.secondsText)s" } ?? ""
                Self.encode(last, "STOPPED", "Timer stopped" + count, to: &data)
            case .listed(let times):
                data.member("shot_state", "STOPPED")
                data.member("current_shot", times.count)
                data.list("shot_times", times) { time, data in data.number(time.inSeconds) }
                data.member("event_detail", "The timer listed \(times.count) shots")
            }
            data.optional("string", string)
            data.member("source", source.rawValue)
        }
    }

    private var eventType: StaticString {
        switch action {
        case .started: "timer_started"
        case .shot: "shot_detected"
        case .stopped: "timer_stopped"
        case .listed: "string_listed"
        }
    }

    private static func encode(_ shot: Shot?, _ state: StaticString, _ detail: String, to data: inout JSONWriter) {
        data.member("shot_state", state)
        data.member("current_shot", shot?.number ?? 0)
        data.member("current_time", seconds: shot?.time ?? .zero)
        data.member("split_time", seconds: shot?.split ?? .zero)
        data.member("event_detail", detail)
    }
}

extension ImpactEvent {
    fileprivate func encode(to row: inout EventRow) {
        let onsetWall = row.stamp.wall + (onset - row.stamp.received)
        row.begin("sensor_event", name)
        row.writer.member("sensor_id", sensor.text)
        row.data { data in
            data.member("magnitude", peakVelocity)
            if let location {
                data.key("location")
                data.beginObject()
                data.member("x", location.x)
                data.member("y", location.y)
                data.endObject()
            }
            data.member("timestamp_sensor", onsetWall)
            data.member("unit", "mm/s")
            data.member("duration", seconds: duration)
            data.member("confidence", confidence)
            data.optional("error_seconds", seconds: onsetError)
            data.optional("peak_acceleration", peakAcceleration)
            data.optional("target", target)
            data.optional("reason", reject?.rawValue)
        }
    }
}

extension RunEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("run_update", change.name)
        row.writer.member("run_id", run.text)
        row.data { data in
            data.nullable("shooter_name", shooter)
            data.nullable("stage_name", stage)
            switch change {
            case .started(let time): data.member("start_time", time)
            case .shot(let shot), .finalShot(let shot): shot.encode(to: &data)
            case .hit(let hit): hit.encode(to: &data)
            case .updated(let summary): summary.encode(to: &data)
            case .ended(let reason, let summary):
                data.member("reason", reason.rawValue)
                summary.encode(to: &data)
            }
            data.member("device_id", timer.text)
        }
    }
}

extension RunShot {
    fileprivate func encode(to data: inout JSONWriter) {
        data.member("shot", number)
        data.member("time", seconds: time)
        data.member("split", seconds: split)
        if let fired { data.member("fired", fired) }
        data.optional("error_seconds", seconds: error)
        if isRepaired { data.member("repaired", true) }
        data.member("final", isFinal)
    }
}

extension RunHit {
    fileprivate func encode(to data: inout JSONWriter) {
        data.member("impact_id", impact)
        data.member("sensor_id", sensor.text)
        data.nullable("target", target)
        data.member("magnitude", peakVelocity)
        data.member("time", seconds: time)
        if case .shot(let number, let delay, let error, let confidence) = match {
            data.member("shot", number)
            data.member("delay", seconds: delay)
            data.member("error_seconds", seconds: error)
            data.member("confidence", confidence)
        } else {
            data.nullable("shot", nil)
        }
        if case .crossTalk(let other) = match { data.member("cross_talk_of", other) }
        data.member("final", isFinal)
    }
}

extension RunSummary {
    fileprivate func encode(to data: inout JSONWriter) {
        data.member("shots", shots)
        data.member("total_time", seconds: time)
        data.optional("first_shot", seconds: firstShot)
        data.optional("best_split", seconds: bestSplit)
        data.member("hits", hits)
        data.member("stray_hits", strayHits)
        data.list("targets", targets) { target, data in
            data.beginObject()
            data.member("target", target.target)
            data.member("hits", target.hits)
            data.endObject()
        }
        if !parTimes.isEmpty {
            data.list("par_times", parTimes) { par, data in
                data.beginObject()
                data.member("time", seconds: par.time)
                data.member("shots", par.shots)
                data.endObject()
            }
        }
        if isRepaired { data.member("repaired", true) }
    }
}

extension DeviceEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("status", change.name)
        row.writer.member("message", message)
        row.data { data in
            data.member("device_id", device.text)
            data.member("family", family.rawValue)
            data.optional("name", name)
            switch change {
            case .discovered(let strength): data.optional("signal_strength", strength)
            case .connected: break
            case .lost(let reason): data.member("reason", reason.rawValue)
            case .batteryLow(let percent): data.member("battery_percent", percent)
            case .calibrating(let progress):
                data.member("state", progress.state.rawValue)
                data.member("taps", progress.taps)
                data.member("of", progress.count)
            }
        }
    }

    private var message: String {
        let subject = name ?? device.text
        switch change {
        case .discovered: return "\(subject) was found"
        case .connected: return "\(subject) is connected"
        case .lost: return "\(subject) is lost"
        case .batteryLow(let percent): return "\(subject) is low on battery: \(percent) %"
        case .calibrating(let progress): return "\(subject) \(progress.sentence)"
        }
    }
}

extension AdapterEvent {
    fileprivate func encode(to row: inout EventRow) {
        row.begin("status", change.name)
        row.writer.member("message", "Bluetooth adapter \(adapter): \(state)")
        row.data { data in
            data.member("adapter", adapter)
            if case .failed(let problem, _) = change { data.member("trouble", problem) }
            if case .recovering(let remedy) = change { data.member("remedy", remedy) }
        }
    }

    private var state: String {
        switch change {
        case .ready: "ready"
        case .removed: "removed"
        case .failed(_, let detail): detail
        case .recovering(let remedy): "recovering by \(remedy)"
        case .recovered: "recovered"
        }
    }
}
