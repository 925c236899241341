import Clocks
import Events
import JSON
import ShootingRange
import Text

/// Events in the format of LeadVille's live socket: the original's members in its order, followed by ours.
struct LiveEventJSON {
    let vocabulary: LiveVocabulary
    let channel: Channel
    /// Whether to include the raw bytes that the timer or sensor sent.
    let withRaw: Bool

    /// Writes the event, or nothing when the live socket has no channel for its kind.
    static func write(
        _ event: Event, _ vocabulary: LiveVocabulary = .status, withRaw: Bool = false, to writer: inout JSONWriter
    ) {
        guard let channel = event.body.channel else { return }
        Self(vocabulary: vocabulary, channel: channel, withRaw: withRaw).write(event, to: &writer)
    }

    private func write(_ event: Event, to writer: inout JSONWriter) {
        switch event.body {
        case .timer(let timer): write(timer, event.stamp, to: &writer)
        case .impact(let impact): write(impact, event.stamp, to: &writer)
        case .run(let run): write(run, event.stamp, to: &writer)
        case .device(let device): write(device, event.stamp, to: &writer)
        case .adapter(let adapter): write(adapter, event.stamp, to: &writer)
        case .heart(let heart): write(heart, event.stamp, to: &writer)
        case .heartBeat(let beat): write(beat, event.stamp, to: &writer)
        case .heartContact(let contact): write(contact, event.stamp, to: &writer)
        case .heartSilence(let silence): write(silence, event.stamp, to: &writer)
        case .pressure(let pressure): write(pressure, event.stamp, to: &writer)
        case .application(let application): write(application, event.stamp, to: &writer)
        case .motion(let motion): write(motion, event.stamp, to: &writer)
        case .measurement(let measurement): write(measurement, event.stamp, to: &writer)
        case .recording(let recording): write(recording, event.stamp, to: &writer)
        case .broker(let broker): write(broker, event.stamp, to: &writer)
        case .clock(let clock): write(clock, event.stamp, to: &writer)
        case .audit: return
        }
    }

    func begin(
        _ type: StaticString, _ eventType: StaticString, _ stamp: EventStamp, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("type", type)
        writer.member("event_type", eventType)
        writer.member("timestamp", stamp.wall)
    }

    func end(_ stamp: EventStamp, to writer: inout JSONWriter) {
        if vocabulary == .streamer { Self.writeChannel(channel, at: stamp.wall, to: &writer) }
        writer.member("id", stamp.id)
        writer.member("device_time", deviceTimeOf: stamp)
        writer.endObject()
    }

    /// The members that the server on port 8001 adds to every event.
    static func writeChannel(_ channel: Channel, at time: WallTime, to writer: inout JSONWriter) {
        writer.member("channel", channel.pluralName)
        writer.member("event_id", "\(channel.pluralName)_\(time.nanoseconds / 1_000)")
    }

    // MARK: Timer

    private func write(_ timer: TimerEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("timer_event", name(timer.action), stamp, to: &writer)
        writer.member("device_id", timer.timer.text)
        writer.key("data")
        writer.beginObject()
        writeAction(timer.action, to: &writer)
        if vocabulary != .status { write(raw: timer.frame, to: &writer) }
        if let string = timer.string { writer.member("string", string) }
        writer.member("source", timer.source.rawValue)
        if vocabulary == .status, withRaw { write(raw: timer.frame, to: &writer) }
        writer.endObject()
        end(stamp, to: &writer)
    }

    private func name(_ action: TimerEvent.Action) -> StaticString {
        switch action {
        case .started: vocabulary == .status ? "timer_started" : "timer_start"
        case .shot: "shot_detected"
        case .stopped: vocabulary == .status ? "timer_stopped" : "timer_stop"
        case .listed: "string_listed"
        }
    }

    private func write(raw frame: [UInt8], to writer: inout JSONWriter) {
        guard !frame.isEmpty else { return }
        writer.key("raw_hex")
        writer.string { Hexadecimal.append(frame, to: &$0) }
    }

    private func writeAction(_ action: TimerEvent.Action, to writer: inout JSONWriter) {
        switch action {
        case .started:
            let state: StaticString = vocabulary == .status ? "STARTED" : "START"
            writeShot(nil, state: state, detail: "Timer started", to: &writer)
        case .shot(let shot):
            writeShot(shot, state: "ACTIVE", detail: Self.detail(shot), to: &writer)
        case .stopped(let last):
            let detail = last.map { "Timer stopped after \($0.number) shots: \($0.time.secondsText)s" }
            writeShot(last, state: "STOPPED", detail: detail ?? "Timer stopped", to: &writer)
        case .listed(let times):
            writer.member("shot_state", "STOPPED")
            writer.member("current_shot", times.count)
            if vocabulary != .status { writer.member("total_shots", times.count) }
            writer.key("shot_times")
            writer.beginArray()
            for time in times { writer.number(time.inSeconds) }
            writer.endArray()
            writer.member("event_detail", "The timer listed \(times.count) shots")
        }
    }

    private func writeShot(_ shot: Shot?, state: StaticString, detail: String, to writer: inout JSONWriter) {
        writer.member("shot_state", state)
        writer.member("current_shot", shot?.number ?? 0)
        if vocabulary != .status { writer.member("total_shots", shot?.number ?? 0) }
        writer.member("current_time", seconds: shot?.time ?? .zero)
        writer.member("split_time", seconds: shot?.split ?? .zero)
        writer.member("event_detail", detail)
    }

    private static func detail(_ shot: Shot) -> String {
        "Shot \(shot.number): \(shot.time.secondsText)s (Split: \(shot.split.secondsText)s)"
    }

    // MARK: Sensor

    private func write(_ impact: ImpactEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("sensor_event", impact.name, stamp, to: &writer)
        writer.member("sensor_id", impact.sensor.text)
        writer.key("data")
        writer.beginObject()
        writer.member("magnitude", impact.peakVelocity)
        if let location = impact.location {
            writer.key("location")
            writer.beginObject()
            writer.member("x", location.x)
            writer.member("y", location.y)
            writer.endObject()
        }
        writer.member("timestamp_sensor", stamp.wall + (impact.onset - stamp.received))
        writer.member("unit", "mm/s")
        writer.member("duration", seconds: impact.duration)
        writer.member("confidence", impact.confidence)
        if let error = impact.onsetError { writer.member("error_seconds", seconds: error) }
        if let acceleration = impact.peakAcceleration { writer.member("peak_acceleration", acceleration) }
        if let target = impact.target { writer.member("target", target) }
        if let reject = impact.reject { writer.member("reason", reject.rawValue) }
        if withRaw { write(raw: impact.frame, to: &writer) }
        writer.endObject()
        end(stamp, to: &writer)
    }

    // MARK: Devices

    private func write(_ device: DeviceEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("status", device.change.name, stamp, to: &writer)
        writer.member("message", Self.message(device))
        writer.key("data")
        writer.beginObject()
        writer.member("device_id", device.device.text)
        writer.member("family", device.family.rawValue)
        if let name = device.name { writer.member("name", name) }
        switch device.change {
        case .discovered(let signalStrength?): writer.member("signal_strength", signalStrength)
        case .discovered(nil), .connected: break
        case .lost(let reason): writer.member("reason", reason.rawValue)
        case .batteryLow(let percent): writer.member("battery_percent", percent)
        case .calibrating(let progress):
            writer.member("state", progress.state.rawValue)
            writer.member("taps", progress.taps)
            writer.member("of", progress.count)
        }
        writer.endObject()
        end(stamp, to: &writer)
    }

    private static func message(_ device: DeviceEvent) -> String {
        let name = device.name ?? device.device.text
        return switch device.change {
        case .discovered: "\(name) was found"
        case .connected: "\(name) is connected"
        case .lost: "\(name) was disconnected"
        case .batteryLow(let percent): "\(name) is low on battery: \(percent) %"
        case .calibrating(let progress): "\(name) \(progress.sentence)"
        }
    }
}

/// Adapter events, as `status`.
extension LiveEventJSON {
    private func write(_ adapter: AdapterEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("status", adapter.change.name, stamp, to: &writer)
        writer.member("message", Self.message(adapter))
        writer.key("data")
        writer.beginObject()
        writer.member("adapter", adapter.adapter)
        switch adapter.change {
        case .ready, .removed, .recovered: break
        case .failed(let problem, _): writer.member("trouble", problem)
        case .recovering(let remedy): writer.member("remedy", remedy)
        }
        writer.endObject()
        end(stamp, to: &writer)
    }

    private static func message(_ adapter: AdapterEvent) -> String {
        let name = "The Bluetooth adapter \(adapter.adapter)"
        return switch adapter.change {
        case .ready: "\(name) is ready"
        case .removed: "\(name) was removed"
        case .failed(_, let detail): "\(name) failed: \(detail)"
        case .recovering(let remedy): "\(name) is being recovered by \(remedy)"
        case .recovered: "\(name) has recovered"
        }
    }
}

/// The channel `heart_rate`: rates, beats and contact changes.
extension LiveEventJSON {
    private func write(_ heart: HeartEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
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

    private func write(_ beat: HeartBeatEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
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

    private func write(_ silence: HeartSilenceEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("heart_rate", "heart_silent", stamp, to: &writer)
        writer.member("device_id", silence.device.text)
        writer.member("user", silence.user)
        writer.key("data")
        writer.beginObject()
        writer.member("silent_seconds", silence.silence.inSeconds, decimals: 1)
        writer.endObject()
        end(stamp, to: &writer)
    }

    private func write(_ change: HeartContactEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
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
}

/// The channel `pressure`: complete frames of mats.
extension LiveEventJSON {
    private func write(_ pressure: PressureEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("pressure", "pressure_frame", stamp, to: &writer)
        writer.member("device_id", pressure.mat.text)
        writer.key("data")
        writer.beginObject()
        if let frame = pressure.frame { writer.member("frame", frame) }
        let matrix = pressure.matrix
        writer.member("rows", matrix.rows)
        writer.member("columns", matrix.columns)
        writer.key("matrix")
        writer.beginArray()
        for row in 0..<matrix.rows {
            writer.beginArray()
            // Two decimals are finer than the resolution of these mats, and short.
            for column in 0..<matrix.columns {
                writer.number(units: Int64((matrix[row, column] * 100).rounded()), decimals: 2)
            }
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
        end(stamp, to: &writer)
    }
}
