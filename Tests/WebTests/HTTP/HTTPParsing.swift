@testable import Web

/// What came out of a parser: whole requests with their bodies put together, and how it ended.
struct ParsedHTTP: Equatable {
    struct Request: Equatable {
        var head: HTTPRequestHead
        var body: [UInt8] = []
        var isEnded = false
    }

    var requests: [Request] = []
    var parseError: HTTPError?

    /// Parses the stream, cut into pieces whose lengths `nextLength` chooses.
    init(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(), nextLength: () -> Int = { .max }) {
        var parser = HTTPRequestParser(limits: limits)
        var rest = bytes[...]
        while !rest.isEmpty, parseError == nil {
            var piece = rest.prefix(max(1, nextLength()))
            rest = rest[piece.endIndex...]
            feed(&piece, to: &parser)
        }
    }

    private mutating func feed(_ piece: inout ArraySlice<UInt8>, to parser: inout HTTPRequestParser) {
        do {
            while let event = try parser.next(&piece) {
                switch event {
                case .head(let head): requests.append(Request(head: head))
                case .body(let bytes): requests[requests.count - 1].body += bytes
                case .end: requests[requests.count - 1].isEnded = true
                }
            }
        } catch {
            parseError = error
        }
    }

    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init(Array(text.utf8), limits: limits)
    }
}
