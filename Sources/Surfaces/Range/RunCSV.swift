import JSON
import ShootingRange

/// Runs as a table for spreadsheets: a line for each shot, with the hits that belong to it, and one for each hit that
/// belongs to none. A run without either has one line, so that it is not missing.
package enum RunCSV {
    private static let columns = [
        "run_id", "start_time", "state", "shooter_name", "stage_name", "device_id", "shot", "time", "split",
        "error_seconds", "target", "sensor_id", "hit_time", "delay", "confidence", "magnitude", "remark",
    ]

    package static func table(_ documents: [[UInt8]]) -> [UInt8] { header + lines(documents) }

    /// What the columns are called.
    static var header: [UInt8] {
        var text: [UInt8] = []
        line(columns, to: &text)
        return text
    }

    static func lines(_ documents: [[UInt8]]) -> [UInt8] {
        var text: [UInt8] = []
        for document in documents {
            guard let run = try? JSONValue(parsing: document, limits: RunJSON.limits) else { continue }
            write(run, to: &text)
        }
        return text
    }

    private static func write(_ run: JSONValue, to table: inout [UInt8]) {
        let head = columns.prefix(6).map { text(run[$0]) }
        let shots = run["shots"]?.arrayValue ?? []
        let hits = run["hits"]?.arrayValue ?? []
        let hitsByShot = Dictionary(grouping: hits) { $0["shot"]?.integerValue }
        for shot in shots {
            let own = shot["shot"]?.integerValue.flatMap { hitsByShot[$0] } ?? []
            let beginning = head + ["shot", "time", "split", "error_seconds"].map { text(shot[$0]) }
            let remark = shot["repaired"]?.booleanValue == true ? "repaired" : ""
            if own.isEmpty { line(beginning + Array(repeating: "", count: 6) + [remark], to: &table) }
            for hit in own { line(beginning + cells(of: hit) + [remark], to: &table) }
        }
        for hit in hits where hit["shot"]?.integerValue == nil {
            let remark = hit["cross_talk_of"] == nil ? "no shot" : "cross-talk"
            line(head + ["", "", "", ""] + cells(of: hit) + [remark], to: &table)
        }
        if shots.isEmpty, hits.isEmpty { line(head + Array(repeating: "", count: columns.count - 6), to: &table) }
    }

    private static func cells(of hit: JSONValue) -> [String] {
        ["target", "sensor_id", "time", "delay", "confidence", "magnitude"].map { text(hit[$0]) }
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.stringValue ?? value.description
    }

    private static func line(_ cells: [String], to table: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { table.append(UInt8(ascii: ",")) }
            append(cell, to: &table)
        }
        table += [0x0D, 0x0A]
    }

    /// Quoted where that is needed. A text that a spreadsheet would take for a formula gets an apostrophe before it.
    private static func append(_ cell: String, to table: inout [UInt8]) {
        var text = cell
        if let first = cell.utf8.first, "=+-@\t\r".utf8.contains(first), Double(cell) == nil { text = "'" + cell }
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else {
            table += text.utf8
            return
        }
        table.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { table.append(byte) }
            table.append(byte)
        }
        table.append(UInt8(ascii: "\""))
    }
}
