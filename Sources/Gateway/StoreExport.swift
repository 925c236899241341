import Clocks
import Events
import JSON
import Signals
import Store
import Text

/// The store as lines of JSON, one object for each row, and for each frame of a workout.
package struct StoreExport {
    private var writer = JSONWriter()

    package init() {}

    /// Calls `write` with one or more whole lines at a time.
    package mutating func export(_ file: StoreFile, _ write: ([UInt8]) throws -> Void) throws {
        try file.forEachRow { row in
            switch row {
            case .frames(let frames): for line in try lines(of: frames) { try write(line) }
            case let row: try write(line(of: row))
            }
        }
    }

    private mutating func line(of row: StoreRow) -> [UInt8] {
        line { writer in
            switch row {
            case .event(let entry):
                writer.member("table", "event")
                writer.member("id", entry.sequence)
                writer.member("time", entry.time, precision: .nanoseconds)
                writer.member("kind", entry.kind)
                writer.member("source", entry.source)
                writer.member("event", stored: entry.body)
            case .run(let id, let body):
                writer.member("table", "run")
                writer.member("id", id)
                writer.member("run", stored: body)
            case .document(let document):
                writer.member("table", "document")
                writer.member("kind", document.kind.rawValue)
                writer.member("name", document.name)
                writer.member("document", stored: document.body)
            case .explanation(let event, let body):
                writer.member("table", "explanation")
                writer.member("event", event)
                writer.member("explanation", stored: body)
            case .recording(let recording):
                writer.member("table", "recording")
                writer.member("name", recording.name)
                writer.member("sensor", recording.sensor)
                writer.member("started", recording.started, precision: .nanoseconds)
                writer.member("hex", Hexadecimal.text(recording.body))
            case .workout(let workout):
                writer.member("table", "workout")
                writer.member("id", workout.id)
                writer.member("created", workout.created, precision: .nanoseconds)
                writer.member("updated", workout.updated, precision: .nanoseconds)
                writer.member("frames", workout.frames)
                writer.member("workout", stored: workout.document)
            case .motion(let motion):
                writer.member("table", "motion")
                writer.member("id", motion.id)
                writer.member("name", motion.name)
                writer.member("phone", motion.phone)
                writer.member("started", motion.started, precision: .nanoseconds)
                writer.member("hex", Hexadecimal.text(motion.body))
            case .frames: break
            }
        }
    }

    private mutating func lines(of row: StoredFrames) throws -> [[UInt8]] {
        var decoder = try WorkoutFrameDecoder(row.bytes)
        var lines: [[UInt8]] = []
        while let frame = try decoder.next() {
            let number = row.first + Int64(lines.count)
            lines.append(
                line { writer in
                    writer.member("table", "frame")
                    writer.member("workout", row.workout)
                    writer.member("frame", number)
                    Self.write(frame, to: &writer)
                })
        }
        return lines
    }

    private static func write(_ frame: WorkoutFrame, to writer: inout JSONWriter) {
        writer.member("received", frame.received, precision: .nanoseconds)
        if let timestamp = frame.timestamp { writer.member("timestamp", stored: timestamp) }
        if frame.beginsSession { writer.member("begins_session", true) }
        if let matrix = frame.matrix {
            writer.member("rows", matrix.rows)
            writer.member("columns", matrix.columns)
            writer.key("cells")
            writer.beginArray()
            for cell in matrix.cells { writer.number(cell) }
            writer.endArray()
        }
        if let nodes = frame.nodes { writer.member("nodes", stored: nodes) }
        if let reported = frame.reported { writer.member("stats", stored: reported.raw) }
    }

    private mutating func line(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return writer.finish() + [UInt8(ascii: "\n")]
    }
}

extension JSONWriter {
    /// A value that the gateway has stored as JSON; as a string if it is none.
    fileprivate mutating func member(_ name: StaticString, stored json: [UInt8]) {
        if let value = try? JSONValue(parsing: json, limits: .export) {
            member(name, value)
        } else {
            member(name, String(decoding: json, as: UTF8.self))
        }
    }
}

extension JSONLimits {
    fileprivate static let export = Self(
        depth: 256, bytes: 64 << 20, stringBytes: 64 << 20, members: 64 << 20, numberBytes: 1 << 10)
}
