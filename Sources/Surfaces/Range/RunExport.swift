import Reactor
import ShootingRange
import Web

/// All runs that a filter lets through, in one answer: read from the file a page at a time while the client takes them.
@ReactorActor
final class RunExport {
    private let provider: any RangeProvider
    private var filter: RunFilter
    private var text: RunExportText
    /// What has been read and not been sent.
    private var page: RunList?

    private static let pageBytes = 64 << 10
    private static let pageRuns = 200

    /// Reads the first page, so that what ails the file can still be said.
    init(_ filter: RunFilter, as format: RunFormat, of keeper: any RangeProvider) async throws(RangeError) {
        self.provider = keeper
        self.filter = filter
        self.filter.limit = Self.pageRuns
        self.filter.maximumBytes = Self.pageBytes
        text = RunExportText(format)
        page = try await keeper.runs(self.filter)
    }

    func next() async -> HTTPBodyStream.Piece {
        guard let page else { return .end }
        self.page = nil
        let bytes = text.encode(page.documents, isLast: page.next == nil)
        guard let next = page.next else { return .bytes(bytes) }
        filter.before = next
        do {
            self.page = try await provider.runs(filter)
        } catch {
            return .failed
        }
        return .bytes(bytes)
    }

    /// Exports that are under way. Each holds a page of runs.
    @ReactorActor
    final class Limiter {
        private var activeCount = 0
        static let maximum = 4

        /// Answers with an export; refuses when enough of them are under way.
        func response(
            _ filter: RunFilter, as format: RunFormat, of keeper: any RangeProvider
        ) async throws(RangeError) -> HTTPResponse {
            guard activeCount < Self.maximum else {
                throw .unavailable("\(Self.maximum) exports are under way: try again when one of them is done")
            }
            activeCount += 1
            do {
                let export = try await RunExport(filter, as: format, of: keeper)
                let stream = HTTPBodyStream {
                    await export.next()
                } onFinish: {
                    self.activeCount -= 1
                }
                return .attachment(.stream(stream, format.type), "runs", format)
            } catch {
                activeCount -= 1
                throw error
            }
        }
    }
}

/// The text of an export as it goes on: what stands before the first run, between two pages, and behind the last.
struct RunExportText: Sendable {
    private let format: RunFormat
    private var hasBegun = false
    private var hasRuns = false

    init(_ format: RunFormat) {
        self.format = format
    }

    mutating func encode(_ documents: [[UInt8]], isLast: Bool) -> [UInt8] {
        var text: [UInt8] = []
        switch format {
        case .csv:
            if !hasBegun { text += RunCSV.header }
            text += RunCSV.lines(documents)
        case .json:
            // As a page of the list, of which there is only this one.
            if !hasBegun { text += #"{"runs":["#.utf8 }
            for document in documents {
                if hasRuns { text.append(UInt8(ascii: ",")) }
                text += document
                hasRuns = true
            }
            if isLast { text += #"],"next_before":null}"#.utf8 }
        }
        hasBegun = true
        return text
    }
}

/// What runs can be had as.
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
    /// To be saved as a file, under a name that is fit for one.
    static func attachment(_ response: HTTPResponse, _ name: String, _ format: RunFormat) -> HTTPResponse {
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != 0x5C }
        var response = response
        response.headers.add(
            "Content-Disposition", "attachment; filename=\"\(isPlain ? name : "run").\(format.rawValue)\"")
        return response
    }
}
