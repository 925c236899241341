import Clocks
import Events
import JSON
import Reactor
import ShootingRange
import Store
import Web

/// All runs that match a filter in one response, read a page at a time as the client receives them.
@ReactorActor
final class RunExport {
    private let provider: any RangeProvider
    private var filter: RunQuery
    private var text: RunExportText
    /// Read but not yet sent.
    private var page: RunList?

    private static let pageBytes = 64 << 10
    private static let pageRuns = 200

    /// Reads the first page, so that a store error can still be reported with a status.
    init(_ filter: RunQuery, as format: RunFormat, of provider: any RangeProvider) async throws(RangeError) {
        self.provider = provider
        self.filter = filter
        self.filter.limit = Self.pageRuns
        self.filter.maximumBytes = Self.pageBytes
        text = RunExportText(format)
        page = try await provider.runs(self.filter)
    }

    func next() async -> HTTPBodyStream.Piece {
        guard let page else { return .end }
        self.page = nil
        let bytes = text.encode(page.runs, isLast: page.next == nil)
        guard let next = page.next else { return .bytes(bytes) }
        filter.before = next
        do {
            self.page = try await provider.runs(filter)
        } catch {
            return .failed
        }
        return .bytes(bytes)
    }

    /// Starts an export; throws when too many are active.
    static func response(
        _ filter: RunQuery, as format: RunFormat, of provider: any RangeProvider, to host: String,
        _ limiter: ExportLimiter
    ) async throws(RangeError) -> HTTPResponse {
        if let problem = limiter.begin(to: host) { throw .unavailable(problem) }
        do {
            let export = try await RunExport(filter, as: format, of: provider)
            let stream = HTTPBodyStream {
                await export.next()
            } onFinish: {
                limiter.end(to: host)
            }
            return .attachment(.stream(stream, format.type), "runs", format)
        } catch {
            limiter.end(to: host)
            throw error
        }
    }
}

/// The text of an export: prefix, separators and suffix around the runs.
struct RunExportText: Sendable {
    private let format: RunFormat
    private var writer = JSONWriter()
    private var hasBegun = false
    private var hasRuns = false

    init(_ format: RunFormat) {
        self.format = format
    }

    mutating func encode(_ runs: [RunRecord], isLast: Bool) -> [UInt8] {
        var text: [UInt8] = []
        switch format {
        case .csv:
            if !hasBegun { text += RunCSV.header }
            text += RunCSV.lines(runs)
        case .json:
            // The format of a single, complete page of the list.
            if !hasBegun { text += #"{"runs":["#.utf8 }
            for run in runs {
                if hasRuns { text.append(UInt8(ascii: ",")) }
                RunJSON.write(run, to: &writer)
                text += writer.finish()
                hasRuns = true
            }
            if isLast { text += #"],"next_before":null}"#.utf8 }
        }
        hasBegun = true
        return text
    }
}

/// The formats of runs.
enum RunFormat: String, Sendable {
    case json, csv

    var type: MediaType {
        switch self {
        case .json: .json
        case .csv: .csv
        }
    }
}

extension HTTPResponse {
    /// A response to be saved as a file, with a safe file name.
    static func attachment(_ response: HTTPResponse, _ name: String, _ format: RunFormat) -> HTTPResponse {
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != 0x5C }
        var response = response
        response.headers.add(
            "Content-Disposition", "attachment; filename=\"\(isPlain ? name : "run").\(format.rawValue)\"")
        return response
    }
}

/// Runs as CSV: one line per shot and hit on it, and one per stray hit. A run without either has one line, so that it
/// is not missing.
package enum RunCSV {
    private static let columns = [
        "run_id", "start_time", "state", "shooter_name", "stage_name", "device_id", "shot", "time", "split",
        "error_seconds", "target", "sensor_id", "hit_time", "delay", "confidence", "magnitude", "remark",
        "final",
    ]

    package static func table(_ runs: [RunRecord]) -> [UInt8] { header + lines(runs) }

    static var header: [UInt8] {
        var text: [UInt8] = []
        line(columns, to: &text)
        return text
    }

    static func lines(_ runs: [RunRecord]) -> [UInt8] {
        var text: [UInt8] = []
        for run in runs { write(run, to: &text) }
        return text
    }

    private static func write(_ run: RunRecord, to table: inout [UInt8]) {
        let head = [
            run.id.text, ISO8601.string(run.started), run.state, run.shooter ?? "", run.stage ?? "", run.timer.text,
        ]
        let hitsByShot = Dictionary(grouping: run.hits, by: \.shot)
        for shot in run.shots {
            let own = hitsByShot[shot.number] ?? []
            let beginning = head + ["\(shot.number)", text(shot.time), text(shot.split), text(shot.error)]
            let remark = shot.isRepaired ? "repaired" : ""
            if own.isEmpty {
                line(beginning + Array(repeating: "", count: 6) + [remark, "\(shot.isFinal)"], to: &table)
            }
            for hit in own {
                line(beginning + cells(of: hit) + [remark, "\(shot.isFinal && hit.isFinal)"], to: &table)
            }
        }
        for hit in hitsByShot[nil] ?? [] {
            let remark = if case .crossTalk = hit.match { "cross-talk" } else { "no shot" }
            line(head + ["", "", "", ""] + cells(of: hit) + [remark, "\(hit.isFinal)"], to: &table)
        }
        if run.shots.isEmpty, run.hits.isEmpty {
            line(head + Array(repeating: "", count: columns.count - head.count), to: &table)
        }
    }

    private static func cells(of hit: RunHit) -> [String] {
        let match =
            if case .shot(_, let delay, _, let confidence) = hit.match { [text(delay), text(confidence)] } else {
                ["", ""]
            }
        return [hit.target ?? "", hit.sensor.text, text(hit.time)] + match + [text(hit.peakVelocity)]
    }

    private static func text(_ span: Nanoseconds?) -> String { span.map { text($0.inSeconds) } ?? "" }

    /// As in the JSON.
    private static func text(_ number: Double) -> String { JSONValue.number(number).description }

    private static func line(_ cells: [String], to table: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { table.append(UInt8(ascii: ",")) }
            append(cell, to: &table)
        }
        table += [0x0D, 0x0A]
    }

    /// Quotes the cell if necessary. Text that a spreadsheet would interpret as a formula gets a leading apostrophe.
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
