import Events
import JSON

/// The channel `motion`: every sample of phones, in the order of the phone's clock.
extension LiveEventJSON {
    func write(_ motion: MotionEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("motion", "motion_samples", stamp, to: &writer)
        writer.member("device_id", motion.phone.text)
        writer.key("data")
        writer.beginObject()
        writer.member("session", orNull: motion.session)
        if let message = motion.message { writer.member("message", message) }
        writer.key("samples")
        writer.beginObject()
        for quantity in MotionEvent.Quantity.allCases {
            let readings = motion.readings.lazy.filter { $0.quantity == quantity }
            guard !readings.isEmpty else { continue }
            writer.key(quantity.rawValue)
            writer.beginArray()
            for reading in readings { MotionJSON.write(reading.time, reading.vector, to: &writer) }
            writer.endArray()
        }
        writer.endObject()
        writer.endObject()
        end(stamp, to: &writer)
    }
}
