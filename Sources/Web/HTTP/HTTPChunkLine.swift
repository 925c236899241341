/// The line before a chunk: its size in hexadecimal, and extensions that nobody uses.
enum HTTPChunkLine {
    /// The size that the line names. Extensions are checked for control characters, then ignored.
    static func size(_ line: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        let end = line.firstIndex { $0.hexadecimalDigit == nil } ?? line.endIndex
        let digits = line[..<end]
        // Fifteen digits keep the sum within Int whatever they are.
        guard !digits.isEmpty, digits.count <= 15, isExtension(line[end...]) else {
            throw HTTPError(.malformedChunk)
        }
        return digits.reduce(0) { $0 << 4 | Int($1.hexadecimalDigit ?? 0) }
    }

    /// Nothing, or `;` and text; blanks before the `;` are allowed by the grammar's "bad whitespace".
    private static func isExtension(_ rest: ArraySlice<UInt8>) -> Bool {
        let trimmed = rest.drop(while: \.isHTTPBlank)
        guard let first = trimmed.first else { return rest.isEmpty }
        return first == UInt8(ascii: ";") && trimmed.allSatisfy(\.isHTTPFieldContent)
    }
}
