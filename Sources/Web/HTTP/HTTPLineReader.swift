/// Cuts CR LF lines out of a stream that arrives in pieces. A line that lies whole in one piece is not copied.
struct HTTPLineReader: Sendable {
    /// The beginning of a line whose end has not arrived.
    private var partial: [UInt8] = []

    init() {}

    /// Whether no line has begun.
    var isEmpty: Bool { partial.isEmpty }

    /// The next line without its line break, taken off the front of `input`; nil, with `input` used up, while its end
    /// is missing. What is refused does not depend on how the stream was cut: length comes first, then line breaks.
    mutating func next(
        _ input: inout ArraySlice<UInt8>, limit: Int, tooLong: HTTPError.Reason
    ) throws(HTTPError) -> ArraySlice<UInt8>? {
        guard let lineFeed = input.firstIndex(of: 0x0A) else {
            // One more than the limit may be the CR that ends the line.
            guard partial.count + input.count <= limit + 1 else { throw HTTPError(tooLong) }
            partial.append(contentsOf: input)
            input = input[input.endIndex...]
            return nil
        }
        var line = input[..<lineFeed]
        input = input[(lineFeed + 1)...]
        if !partial.isEmpty {
            guard partial.count + line.count <= limit + 1 else { throw HTTPError(tooLong) }
            partial.append(contentsOf: line)
            line = partial[...]
            partial = []
        }
        let hasCarriageReturn = line.last == 0x0D
        guard line.count - (hasCarriageReturn ? 1 : 0) <= limit else { throw HTTPError(tooLong) }
        guard hasCarriageReturn else { throw HTTPError(.bareLineFeed) }
        line = line.dropLast()
        guard !line.contains(0x0D) else { throw HTTPError(.bareCarriageReturn) }
        return line
    }
}
