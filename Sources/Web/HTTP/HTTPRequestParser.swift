/// How much of a request the parser accepts.
package struct HTTPLimits: Hashable, Sendable {
    /// The request line without its line break. Exceeding it is answered 414.
    package var requestLineBytes: Int
    /// All header lines together, including line breaks. Exceeding it is answered 431.
    package var headerBytes: Int
    /// The number of header lines. Exceeding it is answered 431.
    package var headerCount: Int
    /// The decoded body. Exceeding it is answered 413.
    package var bodyBytes: Int
    /// A chunk's size line with its extensions. Exceeding it is answered 400.
    package var chunkLineBytes: Int
    /// All trailer lines together, including line breaks. Trailers are read and dropped; exceeding the limit is
    /// answered 431.
    package var trailerBytes: Int

    package init(
        requestLineBytes: Int = 8_192, headerBytes: Int = 16_384, headerCount: Int = 100, bodyBytes: Int = 1_048_576,
        chunkLineBytes: Int = 256, trailerBytes: Int = 4_096
    ) {
        self.requestLineBytes = requestLineBytes
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.bodyBytes = bodyBytes
        self.chunkLineBytes = chunkLineBytes
        self.trailerBytes = trailerBytes
    }
}

/// The parts of a request in order: one head, any number of body pieces, one end.
package enum HTTPRequestEvent: Hashable, Sendable {
    case head(HTTPRequestHead)
    /// A piece of the body without chunk framing, as a subslice of the input.
    case body(ArraySlice<UInt8>)
    case end
}

/// Parses requests from a chunked stream. Ambiguous input is rejected.
///
/// The parser never copies a body, and stores nothing between requests. After `end` the rest of the slice remains, so a
/// caller can respond before it continues, or hand the rest to another protocol after an upgrade. After an error it
/// keeps throwing that error.
package struct HTTPRequestParser: Sendable {
    private enum State: Sendable {
        /// `mayBeBlank`: one empty line before a request is ignored, because old browsers send it after a POST.
        case requestLine(mayBeBlank: Bool)
        case headers(bytesLeft: Int)
        case bodyStart(HTTPBodyFraming)
        case fixedBody(left: Int)
        case chunkLine
        case chunkData(left: Int)
        case chunkEnd
        case trailers(bytesLeft: Int)
        case failed(HTTPError)
    }

    private let limits: HTTPLimits
    private var state = State.requestLine(mayBeBlank: true)
    private var lines = HTTPLineReader()
    /// The current head, as far as it has arrived.
    private var requestLine: HTTPRequestLine?
    private var headers = HTTPHeaders()
    /// How many more body bytes the current request may have.
    private var bodyBytesLeft: Int

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        bodyBytesLeft = limits.bodyBytes
    }

    /// Whether no request is in progress, so that closing the connection loses nothing.
    package var isBetweenRequests: Bool {
        if case .requestLine = state { return lines.isEmpty }
        return false
    }

    /// The bytes of a head that has not arrived completely.
    var heldBytes: Int { lines.count + headers.heldBytes }

    /// The next event, removed from the front of `input`; nil, with `input` consumed, if more input is needed.
    package mutating func next(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> HTTPRequestEvent? {
        do {
            return try advance(&input)
        } catch {
            (lines, requestLine, headers) = (HTTPLineReader(), nil, HTTPHeaders())
            state = .failed(error)
            throw error
        }
    }

    private mutating func advance(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> HTTPRequestEvent? {
        while true {
            switch state {
            case .requestLine(let mayBeBlank):
                guard try readRequestLine(&input, mayBeBlank: mayBeBlank) else { return nil }
            case .headers(let bytesLeft):
                guard let field = try lines.next(&input, limit: bytesLeft, tooLong: .headersTooLarge) else {
                    return nil
                }
                if field.isEmpty, let line = requestLine.take() { return .head(try finishHead(line)) }
                try append(field)
                state = .headers(bytesLeft: try deduct(field, from: bytesLeft, tooLong: .headersTooLarge))
            case .bodyStart(let framing):
                guard try startBody(framing) else { return end() }
            case .fixedBody(let left):
                guard let piece = consume(left, from: &input) else { return nil }
                if piece.count == left {
                    state = .bodyStart(.none)
                } else {
                    state = .fixedBody(left: left - piece.count)
                }
                return .body(piece)
            case .chunkLine:
                guard try readChunkLine(&input) else { return nil }
            case .chunkData(let left):
                guard let piece = consume(left, from: &input) else { return nil }
                if piece.count == left { state = .chunkEnd } else { state = .chunkData(left: left - piece.count) }
                return .body(piece)
            case .chunkEnd:
                guard let line = try lines.next(&input, limit: 0, tooLong: .malformedChunk) else { return nil }
                guard line.isEmpty else { throw HTTPError(.malformedChunk) }
                state = .chunkLine
            case .trailers(let bytesLeft):
                guard let field = try lines.next(&input, limit: bytesLeft, tooLong: .trailersTooLarge) else {
                    return nil
                }
                if field.isEmpty { return end() }
                guard (try? HTTPFieldLine(field)) != nil else { throw HTTPError(.malformedTrailer) }
                state = .trailers(bytesLeft: try deduct(field, from: bytesLeft, tooLong: .trailersTooLarge))
            case .failed(let error):
                throw error
            }
        }
    }

    private mutating func readRequestLine(
        _ input: inout ArraySlice<UInt8>, mayBeBlank: Bool
    ) throws(HTTPError) -> Bool {
        // Reject at the first byte what cannot begin a request: a TLS client would otherwise wait for a response for
        // ever.
        if lines.isEmpty, let first = input.first, first != 0x0D {
            if first == 0x16 { throw HTTPError(.tlsOnPlainPort) }
            guard first.isHTTPToken else {
                throw HTTPError(first == 0x0A ? .bareLineFeed : .malformedRequestLine)
            }
        }
        let limit = limits.requestLineBytes
        guard let line = try lines.next(&input, limit: limit, tooLong: .requestLineTooLong) else { return false }
        if line.isEmpty, mayBeBlank {
            state = .requestLine(mayBeBlank: false)
        } else {
            requestLine = try HTTPRequestLine(line)
            state = .headers(bytesLeft: limits.headerBytes)
        }
        return true
    }

    private mutating func append(_ line: ArraySlice<UInt8>) throws(HTTPError) {
        guard headers.count < limits.headerCount else { throw HTTPError(.tooManyHeaders) }
        let field = try HTTPFieldLine(line)
        headers.appendChecked(name: field.name, value: field.value)
    }

    /// The remaining bytes of a section after one more line and its line break.
    private func deduct(
        _ line: ArraySlice<UInt8>, from bytesLeft: Int, tooLong: HTTPError.Reason
    ) throws(HTTPError) -> Int {
        guard line.count + 2 <= bytesLeft else { throw HTTPError(tooLong) }
        return bytesLeft - line.count - 2
    }

    private mutating func finishHead(_ line: HTTPRequestLine) throws(HTTPError) -> HTTPRequestHead {
        let head = try HTTPRequestHead(line, headers)
        headers = HTTPHeaders()
        bodyBytesLeft = limits.bodyBytes
        state = .bodyStart(head.body)
        return head
    }

    /// Whether a body follows.
    private mutating func startBody(_ framing: HTTPBodyFraming) throws(HTTPError) -> Bool {
        switch framing {
        case .none, .length(0):
            return false
        case .length(let length):
            guard length <= bodyBytesLeft else { throw HTTPError(.bodyTooLarge) }
            state = .fixedBody(left: length)
        case .chunked:
            state = .chunkLine
        }
        return true
    }

    private mutating func readChunkLine(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> Bool {
        guard let line = try lines.next(&input, limit: limits.chunkLineBytes, tooLong: .chunkLineTooLong) else {
            return false
        }
        let size = try HTTPChunkLine.size(line)
        guard size <= bodyBytesLeft else { throw HTTPError(.bodyTooLarge) }
        bodyBytesLeft -= size
        state = size == 0 ? .trailers(bytesLeft: limits.trailerBytes) : .chunkData(left: size)
        return true
    }

    private mutating func end() -> HTTPRequestEvent {
        state = .requestLine(mayBeBlank: true)
        return .end
    }

    private func consume(_ count: Int, from input: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard !input.isEmpty else { return nil }
        let piece = input.prefix(count)
        input = input[piece.endIndex...]
        return piece
    }
}

/// Splits a chunked stream into CR LF lines. A line within one chunk is not copied.
struct HTTPLineReader: Sendable {
    /// The beginning of an incomplete line.
    private var partial: [UInt8] = []

    init() {}

    /// Whether no line has begun.
    var isEmpty: Bool { partial.isEmpty }
    /// The length of the incomplete line.
    var count: Int { partial.count }

    /// The next line without its line break, removed from the front of `input`; nil, with `input` consumed, if it is
    /// incomplete. Errors do not depend on chunking: the length is checked first, then the line breaks.
    mutating func next(
        _ input: inout ArraySlice<UInt8>, limit: Int, tooLong: HTTPError.Reason
    ) throws(HTTPError) -> ArraySlice<UInt8>? {
        guard let lineFeed = input.firstIndex(of: 0x0A) else {
            // The byte after the limit may be the CR that ends the line.
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
