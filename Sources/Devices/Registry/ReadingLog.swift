import JSON

/// What a decoder says, as lines of JSON for people and their tools: one object for each reading, which begins with
/// `"reading"` and its kind, and one for each refusal, which begins with `"reject"` and its reason.
package struct ReadingLog: Sendable {
    package private(set) var readingCount = 0
    /// How often something was refused, by the reason's stable name.
    package private(set) var rejectCounts: [String: Int] = [:]
    private var writer = JSONWriter()
    private var lines: [UInt8] = []

    package init() {}

    /// The lines since the last time, each with its line feed.
    package mutating func drainLines() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &lines)
        return taken
    }

    /// Adds a reading; `members` writes what follows its kind.
    package mutating func reading(_ kind: StaticString, _ members: (inout JSONWriter) -> Void) {
        readingCount += 1
        line { writer in
            writer.member("reading", kind)
            members(&writer)
        }
    }

    package mutating func reject(_ reject: DecoderReject) {
        self.reject(reject.reason.rawValue, reject.detail, byteCount: reject.byteCount)
    }

    /// For a decoder that has more reasons than most. `byteCount` is nil where it is not bytes that are counted.
    package mutating func reject(_ reason: String, _ detail: String, byteCount: Int? = nil) {
        rejectCounts[reason, default: 0] += 1
        line { writer in
            writer.member("reject", reason)
            writer.member("detail", detail)
            if let byteCount { writer.member("bytes", byteCount) }
        }
    }

    private mutating func line(_ members: (inout JSONWriter) -> Void) {
        writer.removeAll()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        lines += writer.bytes
        lines.append(UInt8(ascii: "\n"))
    }
}
