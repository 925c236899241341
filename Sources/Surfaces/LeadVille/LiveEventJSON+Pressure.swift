import Events
import JSON

/// The channel `pressure`: whole frames of mats, for whoever asks for them.
extension LiveEventJSON {
    static func write(_ pressure: PressureEvent, _ stamp: EventStamp, to writer: inout JSONWriter) {
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
            // Hundredths are finer than what any of these mats can tell, and short.
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
