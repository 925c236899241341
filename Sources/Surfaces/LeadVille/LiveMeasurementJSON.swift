import Events
import JSON

/// The channel `measurement`: what a sensor measured that has no channel of its own, such as the cadence of a bicycle.
extension LiveEventJSON {
    func write(_ measurement: MeasurementEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
        begin("measurement", "measurement", stamp, to: &writer)
        writer.member("device_id", measurement.device.text)
        writer.key("data")
        writer.beginObject()
        writer.member("device", measurement.family.rawValue)
        writer.key("values")
        writer.beginObject()
        for value in measurement.values {
            writer.key(value.quantity)
            writer.beginObject()
            writer.member("value", value.value)
            writer.member("unit", value.unit)
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        end(stamp, to: &writer)
    }
}
