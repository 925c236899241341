import Clocks
import Devices
import Events
import JSON
import Signals

/// Frames and their statistics as the clients of pressure sessions know them.
enum PressureJSON {
    /// `{"Toe1":{"mean_force":…},…}`.
    static func write(_ statistics: PressureStatistics, to writer: inout JSONWriter) {
        writer.beginObject()
        for (region, values) in zip(statistics.regions.all, statistics.values) {
            writer.key(region.name)
            writer.beginObject()
            writer.member("mean_force", values.meanForce)
            writer.member("max", values.maximum)
            writer.member("sum_pressure", values.sum)
            writer.member("mean", values.mean)
            writer.member("std", values.standardDeviation)
            writer.member("min", values.minimum)
            writer.endObject()
        }
        writer.endObject()
    }

    /// The cells of each region on a mat of this size, the ends excluded.
    static func write(_ regions: PressureRegions, rows: Int, columns: Int, to writer: inout JSONWriter) {
        writer.array("regions", regions.all) { region, writer in
            writer.beginObject()
            writer.member("name", region.name)
            for (name, cells) in [
                ("rows", region.rows.indices(in: rows)), ("columns", region.columns.indices(in: columns)),
            ] {
                writer.key(name)
                writer.beginArray()
                writer.integer(Int64(cells.lowerBound))
                writer.integer(Int64(cells.upperBound))
                writer.endArray()
            }
            writer.endObject()
        }
    }

    static func write(_ statistics: ReportedStatistics, to writer: inout JSONWriter) {
        writer.beginObject()
        for region in statistics.regions {
            writer.key(region.name)
            writer.beginObject()
            for value in region.values {
                writer.key(value.name)
                writer.number(value.value)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    /// - Parameters:
    ///   - timestamp: that of the frame, as JSON; nil if it had none.
    ///   - source: the event with which the frame came.
    static func write(
        _ event: PressureThresholdEvent, timestamp: [UInt8]?, source: StaticString, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("type", event.kind.rawValue)
        writer.member("region", event.region)
        writer.member("stat", "mean_force")
        writer.member("value", event.value)
        writer.member("threshold", event.kind.threshold)
        writer.member("comparison", event.kind.comparison)
        writer.key("timestamp")
        if let timestamp { writer.raw(timestamp[...]) } else { writer.null() }
        writer.member("source", source)
        writer.endObject()
    }

    /// `[[…],[…]]`. Whole numbers have no fraction.
    static func write(_ matrix: PressureMatrix, to writer: inout JSONWriter) {
        writer.beginArray()
        for row in 0..<matrix.rows {
            writer.beginArray()
            for column in 0..<matrix.columns { writer.cell(matrix[row, column]) }
            writer.endArray()
        }
        writer.endArray()
    }
}

extension JSONWriter {
    fileprivate mutating func cell(_ value: Double) {
        // A negative zero is written as a number with a fraction.
        if let whole = Int64(exactly: value), whole != 0 || value.sign == .plus {
            integer(whole)
        } else {
            number(value)
        }
    }
}
