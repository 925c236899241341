import Reactor
import Web

/// All runs that a filter lets through, in one answer: read from the file a page at a time while the client takes them.
@ReactorActor
final class RunExport {
    private let keeper: any RangeKeeper
    private var filter: RunFilter
    private var text: RunExportText
    /// What has been read and not been sent.
    private var page: RunList?

    private static let pageBytes = 64 << 10
    private static let pageRuns = 200

    /// Reads the first page, so that what ails the file can still be said.
    init(_ filter: RunFilter, as format: RunFormat, of keeper: any RangeKeeper) async throws(RangeRefusal) {
        self.keeper = keeper
        self.filter = filter
        self.filter.limit = Self.pageRuns
        self.filter.mostBytes = Self.pageBytes
        text = RunExportText(format)
        page = try await keeper.runs(self.filter)
    }

    func next() async -> HTTPBodyStream.Piece {
        guard let page else { return .end }
        self.page = nil
        let bytes = text.take(page.documents, isLast: page.next == nil)
        guard let next = page.next else { return .bytes(bytes) }
        filter.before = next
        do {
            self.page = try await keeper.runs(filter)
        } catch {
            return .broken
        }
        return .bytes(bytes)
    }

    /// Exports that are under way. Each holds a page of runs.
    @ReactorActor
    final class Desk {
        private var underWay = 0
        static let most = 4

        /// Answers with an export; refuses when enough of them are under way.
        func answer(
            _ filter: RunFilter, as format: RunFormat, of keeper: any RangeKeeper
        ) async throws(RangeRefusal) -> HTTPResponse {
            guard underWay < Self.most else {
                throw .unavailable("\(Self.most) exports are under way: try again when one of them is done")
            }
            underWay += 1
            do {
                let export = try await RunExport(filter, as: format, of: keeper)
                let stream = HTTPBodyStream {
                    await export.next()
                } whenOver: {
                    self.underWay -= 1
                }
                return .attachment(.stream(stream, format.type), "runs", format)
            } catch {
                underWay -= 1
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

    mutating func take(_ documents: [[UInt8]], isLast: Bool) -> [UInt8] {
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
