import Clocks
import Events
import JSON
import Signals
import Store
import Web

/// The formats in which the frames of a workout are read.
enum WorkoutFrameFormat: String, CaseIterable, Sendable {
    case json, csv, binary

    var type: MediaType {
        switch self {
        case .json: .json
        case .csv: .csv
        case .binary: .octets
        }
    }

    /// The suffix of a file name.
    var suffix: String { self == .binary ? "bin" : rawValue }
}

/// Encodes the frames of a workout one after the other, with what stands before, between and behind them.
struct WorkoutFrameText: Sendable {
    private enum Shape {
        /// The workout's document, with the frames inside.
        case document(isTruncated: Bool)
        case list(WorkoutFrameFormat, next: Int64?)
    }

    private let entry: WorkoutEntry
    private let shape: Shape
    private var writer = JSONWriter()
    private var hasBegun = false
    private var hasFrames = false

    /// The document of a workout, with the frames inside.
    static func document(_ entry: WorkoutEntry, isTruncated: Bool) -> Self {
        Self(entry: entry, shape: .document(isTruncated: isTruncated))
    }

    /// - Parameter next: the number of the first frame that is not included; nil if there is none.
    static func list(_ entry: WorkoutEntry, as format: WorkoutFrameFormat, next: Int64?) -> Self {
        Self(entry: entry, shape: .list(format, next: next))
    }

    private init(entry: WorkoutEntry, shape: Shape) {
        self.entry = entry
        self.shape = shape
    }

    /// The next piece of the text. - Parameter isLast: whether nothing follows.
    mutating func encode(_ frames: [WorkoutFrameView], isLast: Bool) -> [UInt8] {
        var text: [UInt8] = []
        defer { hasBegun = true }
        switch shape {
        case .list(.csv, _):
            if !hasBegun { WorkoutFrameCSV.header(of: frames.first, to: &text) }
            for frame in frames { WorkoutFrameCSV.line(of: frame, to: &text) }
        case .list(.binary, _):
            if !hasBegun { text += WorkoutFrameBinary.header }
            for frame in frames { WorkoutFrameBinary.append(frame, to: &text) }
        case .list(.json, let next):
            if !hasBegun { text += #"{"workout_id":"\#(entry.id)","frame_count":\#(entry.frames),"frames":["#.utf8 }
            append(frames, to: &text)
            if isLast { text += #"],"next":\#(next.map { "\($0)" } ?? "null")}"#.utf8 }
        case .document(let isTruncated):
            if !hasBegun {
                text += #"{"status":"success","data":"#.utf8
                WorkoutJSON.beginDocument(entry, to: &text)
                text += #","pressure_frames_truncated":\#(isTruncated),"pressure_frames":["#.utf8
            }
            append(frames, to: &text)
            if isLast { text += "]}}".utf8 }
        }
        return text
    }

    private mutating func append(_ frames: [WorkoutFrameView], to text: inout [UInt8]) {
        for frame in frames {
            if hasFrames { text.append(UInt8(ascii: ",")) }
            WorkoutJSON.write(frame, to: &writer)
            text += writer.bytes
            writer.removeAll()
            hasFrames = true
        }
    }
}

/// Workouts as JSON.
enum WorkoutJSON {
    /// The members of a workout, without the closing brace. The stored document is a JSON object.
    static func beginDocument(_ entry: WorkoutEntry, to text: inout [UInt8]) {
        text += #"{"_id":"\#(entry.id)""#.utf8
        if entry.document.count > 2 {
            text.append(UInt8(ascii: ","))
            text += entry.document.dropFirst().dropLast()
        }
        text += #","created_at":""#.utf8
        ISO8601.append(entry.created, to: &text)
        text += #"","updated_at":""#.utf8
        ISO8601.append(entry.updated, to: &text)
        text += #"","frame_count":\#(entry.frames)"#.utf8
    }

    /// `{"status":"success","data":…}`.
    static func response(_ entry: WorkoutEntry, status: HTTPStatus = .ok) -> HTTPResponse {
        var text = Array(#"{"status":"success","data":"#.utf8)
        beginDocument(entry, to: &text)
        text += "}}".utf8
        return .json(text, status: status)
    }

    static func response(_ page: WorkoutPage) -> HTTPResponse {
        var text = Array(#"{"status":"success","data":["#.utf8)
        for (index, entry) in page.entries.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            beginDocument(entry, to: &text)
            text.append(UInt8(ascii: "}"))
        }
        text += #"],"total":\#(page.total),"next_before":\#(page.next.map { "\($0)" } ?? "null")}"#.utf8
        return .json(text)
    }

    /// A frame, with the statistics under the names of the original's documents.
    static func write(_ view: WorkoutFrameView, to writer: inout JSONWriter) {
        let frame = view.frame
        writer.beginObject()
        writer.member("frame", view.number)
        writer.member("received", frame.received)
        writer.key("pressure_matrix")
        if let matrix = frame.matrix {
            PressureJSON.write(matrix, to: &writer)
        } else {
            writer.raw(Array("[]".utf8)[...])
        }
        writer.key("timestamp")
        if let timestamp = frame.timestamp { writer.raw(timestamp[...]) } else { writer.null() }
        if let reported = frame.reported {
            writer.member("calculated_stats", raw: reported.raw[...])
            writer.member("smoothed_stats", raw: reported.smoothed[...])
        } else if let raw = view.raw, let smoothed = view.smoothed {
            writer.key("calculated_stats")
            PressureJSON.write(raw, to: &writer)
            writer.key("smoothed_stats")
            PressureJSON.write(smoothed, to: &writer)
        }
        if let nodes = frame.nodes { writer.member("nodes", raw: nodes[...]) }
        if !frame.events.isEmpty {
            let source: StaticString = frame.reported == nil ? "ws_pressure_frame" : "ws_stats_frame"
            writer.array("events", frame.events) {
                PressureJSON.write($0, timestamp: frame.timestamp, source: source, to: &$1)
            }
        }
        writer.endObject()
    }
}

/// Frames as CSV: one line for each frame, with one column for each cell.
enum WorkoutFrameCSV {
    /// The columns of the cells are those of the first frame.
    static func header(of first: WorkoutFrameView?, to text: inout [UInt8]) {
        var columns = ["frame", "received", "timestamp", "rows", "columns"]
        if let matrix = first?.frame.matrix {
            for row in 0..<matrix.rows {
                for column in 0..<matrix.columns { columns.append("r\(row)c\(column)") }
            }
        }
        text += columns.joined(separator: ",").utf8
        text += "\r\n".utf8
    }

    static func line(of view: WorkoutFrameView, to text: inout [UInt8]) {
        let frame = view.frame
        text += "\(view.number),".utf8
        ISO8601.append(frame.received, to: &text)
        text.append(UInt8(ascii: ","))
        appendQuoted(timestamp(of: frame), to: &text)
        text += ",\(frame.matrix?.rows ?? 0),\(frame.matrix?.columns ?? 0)".utf8
        for cell in frame.matrix?.cells ?? [] {
            text.append(UInt8(ascii: ","))
            if let whole = Int64(exactly: cell), whole != 0 || cell.sign == .plus {
                text += String(whole).utf8
            } else {
                text += cell.description.utf8
            }
        }
        text += "\r\n".utf8
    }

    /// The text of a string, and any other value as JSON; empty for null and if there is none.
    private static func timestamp(of frame: WorkoutFrame) -> String {
        guard let json = frame.timestamp, let value = try? JSONValue(parsing: json), !value.isNull else { return "" }
        return value.stringValue ?? String(decoding: json, as: UTF8.self)
    }

    private static func appendQuoted(_ field: String, to text: inout [UInt8]) {
        let isPlain = field.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }
        guard !isPlain else {
            text += field.utf8
            return
        }
        text.append(UInt8(ascii: "\""))
        for byte in field.utf8 {
            if byte == UInt8(ascii: "\"") { text.append(byte) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }
}

/// Frames in a compact binary format, little-endian; docs/pressure.md has the table of its bytes.
enum WorkoutFrameBinary {
    static let header = Array("LVWF".utf8) + [1, 0, 0, 0]

    static func append(_ view: WorkoutFrameView, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: view.number))
        bytes.append(littleEndian: (Double(view.frame.received.nanoseconds / 1_000_000)).bitPattern)
        bytes.append(littleEndian: timestamp(of: view.frame).bitPattern)
        let matrix = view.frame.matrix
        bytes.append(littleEndian: UInt16(clamping: matrix?.rows ?? 0))
        bytes.append(littleEndian: UInt16(clamping: matrix?.columns ?? 0))
        let encoding = CellEncoding(for: matrix?.cells ?? [])
        bytes += [encoding.code, encoding.decimals]
        encoding.append(matrix?.cells ?? [], to: &bytes)
        let length = UInt32(bytes.count - start - 4)
        Swift.withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    }

    /// NaN unless it is a number.
    private static func timestamp(of frame: WorkoutFrame) -> Double {
        guard let json = frame.timestamp, let value = try? JSONValue(parsing: json) else { return .nan }
        return value.doubleValue ?? .nan
    }
}
