import Clocks
import Web

/// Chunk boundaries do not affect the parsed requests. An accepted head is safe to act on and survives being written
/// and read again. All responses are well-formed.
enum HTTPRequestFuzz {
    private static let limits = HTTPLimits(
        requestLineBytes: 256, headerBytes: 512, headerCount: 12, bodyBytes: 300, chunkLineBytes: 40, trailerBytes: 60)

    private struct Reading: Equatable {
        var heads: [HTTPRequestHead] = []
        var bodies: [[UInt8]] = []
        var ends = 0
        var error: HTTPError?

        init(_ pieces: some Sequence<ArraySlice<UInt8>>) throws {
            var parser = HTTPRequestParser(limits: limits)
            for piece in pieces where error == nil {
                var input = piece
                do throws(HTTPError) {
                    while let event = try parser.next(&input) { record(event) }
                } catch {
                    self.error = error
                }
                try require(error != nil || input.isEmpty, "input is left over")
            }
            try require(heads.count - ends <= 1 && ends <= heads.count, "\(heads.count) heads, \(ends) ends")
            try require(bodies.allSatisfy { $0.count <= limits.bodyBytes }, "a body above the limit")
        }

        private mutating func record(_ event: HTTPRequestEvent) {
            switch event {
            case .head(let head):
                heads.append(head)
                bodies.append([])
            case .body(let bytes): bodies[bodies.count - 1] += bytes
            case .end: ends += 1
            }
        }
    }

    static func run(_ input: ArraySlice<UInt8>) throws {
        let whole = try Reading(CollectionOfOne(input))
        let cut = try Reading(Chunks(input))
        try require(whole == cut, "whole: \(whole), in chunks: \(cut)")
        for head in whole.heads { try check(head) }
        if let error = whole.error { try check(.error(error)) }
    }

    private static func check(_ head: HTTPRequestHead) throws {
        let segments = head.path.utf8.split(separator: UInt8(ascii: "/"))
        let isSafe =
            head.path == "*"
            || head.path.hasPrefix("/")
                && !segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
        try require(isSafe, "an unsafe path: \(head.path.debugDescription)")
        try require(head.path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control character in the path")
        for (name, value) in head.headers.all {
            let isClean = (name + value).utf8.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
            try require(isClean, "a control character in \(name.debugDescription): \(value.debugDescription)")
        }
        _ = head.query.items
        try checkRoundTrip(head)
        for response in answers(head) { try check(response) }
    }

    /// Writes the head as a proxy would, and parses it again.
    private static func checkRoundTrip(_ head: HTTPRequestHead) throws {
        var text = "\(head.method) \(head.target) \(head.version.rawValue)\r\n"
        for (name, value) in head.headers.all {
            // Invalid UTF-8 cannot be restored from a string.
            guard !value.unicodeScalars.contains("\u{FFFD}") else { return }
            text += "\(name):\(value)\r\n"
        }
        var parser = HTTPRequestParser(limits: limits)
        var input = Array((text + "\r\n").utf8)[...]
        try require(try parser.next(&input) == .head(head), "parsed differently: \(text.debugDescription)")
    }

    private static func answers(_ head: HTTPRequestHead) -> [HTTPResponse] {
        var answers = [StaticAsset(Array("page".utf8), .html).response(to: head)]
        for policy in [CORSPolicy(), CORSPolicy(origins: OriginPolicy(["http://a"]))] {
            if let preflight = policy.preflight(head) { answers.append(preflight) }
            policy.decorate(&answers[0], for: head)
        }
        do throws(WebSocketHandshakeError) {
            let terms = WebSocketHandshake.Options(subprotocols: ["a"], deflate: .init())
            answers.append(try WebSocketHandshake(head, terms).response)
        } catch {
            answers.append(error.response)
        }
        return answers
    }

    private static func check(_ response: HTTPResponse) throws {
        var bytes: [UInt8] = []
        response.append(to: &bytes, persistence: .close, date: WallTime(nanoseconds: 0))
        var parser = HTTPResponseHeadParser()
        var input = bytes[...]
        guard let head = try parser.next(&input) else { throw InvariantViolation("incomplete response") }
        try require(head.status == response.status, "\(head.status) instead of \(response.status)")
        let length = head.headers["Content-Length"].flatMap { Int($0) }
        try require(length == (response.status.forbidsBody ? nil : input.count), "a wrong Content-Length")
    }
}
