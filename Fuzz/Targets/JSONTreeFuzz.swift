import JSON

/// A document that was read can be written in any style and then reads as the same document.
enum JSONTreeFuzz {
    /// Escapes make text up to six times as long, and then it is still to be read.
    static let generousLimits = JSONLimits(
        depth: JSONLimits.maximumDepth, bytes: 1 << 30, stringBytes: 1 << 30, members: 1 << 30, numberBytes: 1 << 30)

    static func run(_ input: ArraySlice<UInt8>) throws {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: input)
        } catch {
            return try checkPosition(error, in: input)
        }
        for style in [JSONStyle.compact, .compactASCII, .spaced] {
            var writer = JSONWriter(style)
            writer.value(value)
            try require(
                try JSONValue(parsing: writer.bytes, limits: generousLimits) == value, "reads differently: \(value)")
            let isASCII = writer.bytes.allSatisfy { $0 < 0x7F }
            try require(isASCII || !style.isASCII, "more than ASCII: \(value)")
        }
    }

    /// An error points into the document, or just behind it.
    static func checkPosition(_ error: JSONError, in input: ArraySlice<UInt8>) throws {
        try require(error.offset >= 0 && error.offset <= input.count, "\(error) in \(input.count) bytes")
        let before = input.prefix(error.offset)
        let lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        try require(error.line == max(lines.count, 1), "\(error): the line is \(lines.count)")
        let column = lines.last.map { String(decoding: $0, as: UTF8.self).unicodeScalars.count + 1 } ?? 1
        try require(error.column == column, "\(error): the column is \(column)")
    }
}
