import Events
import JSON

/// Recordings of phones, the MQTT broker and the clock, as `status`.
extension LiveEventJSON {
    func write(_ recording: RecordingEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("status", recording.change.name, stamp, to: &writer)
        writer.member("message", recording.message)
        writer.key("data")
        writer.beginObject()
        writer.member("device_id", recording.phone.text)
        switch recording.change {
        case .swing(let time): writer.member("time", time)
        case .started(let name, let trigger):
            writer.member("name", name)
            writer.member("trigger", trigger.rawValue)
        case .stored(let stored):
            writer.member("recording", stored.id)
            writer.member("name", stored.name)
            writer.member("trigger", stored.trigger.rawValue)
            writer.member("samples", stored.samples)
            writer.member("duration", seconds: stored.duration)
        case .deleted(let id, let name):
            writer.member("recording", id)
            writer.member("name", name)
        }
        writer.endObject()
        end(stamp, to: &writer)
    }

    func write(_ broker: BrokerEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("status", broker.change.name, stamp, to: &writer)
        writer.member("message", broker.message)
        writer.key("data")
        writer.beginObject()
        writer.member("broker", broker.broker)
        if case .failed(let reason, _) = broker.change { writer.member("reason", reason) }
        writer.endObject()
        end(stamp, to: &writer)
    }

    func write(_ clock: ClockEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("status", ClockEvent.name, stamp, to: &writer)
        writer.member("message", clock.message)
        writer.key("data")
        writer.beginObject()
        writer.member("source", clock.source.rawValue)
        writer.member("shift_seconds", seconds: clock.shift)
        writer.member("runs", clock.runs)
        writer.endObject()
        end(stamp, to: &writer)
    }
}
