/// What a request is made of, in the order in which it arrives: one head, any number of body pieces, one end.
package enum HTTPRequestEvent: Hashable, Sendable {
    case head(HTTPRequestHead)
    /// A piece of the body, chunk framing removed: a part of the slice that was given in.
    case body(ArraySlice<UInt8>)
    case end
}

/// Reads requests from a stream that arrives in pieces. Strict: where two readings are possible, it refuses.
///
/// It never copies a body, and holds nothing between requests. After `end` the next request begins; what follows it in
/// the slice stays there, so that a caller can wait with pulling until it has answered, or hand the rest to another
/// protocol after an upgrade. After a refusal it gives that refusal for ever.
package struct HTTPRequestParser: Sendable {
    private enum State: Sendable {
        /// `mayBeBlank`: one empty line before a request is forgiven, as old browsers send it after a POST.
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
    /// The head at hand, as far as it has arrived.
    private var requestLine: HTTPRequestLine?
    private var headers = HTTPHeaders()
    /// How many more body bytes the request at hand may bring.
    private var bodyBytesLeft: Int

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        bodyBytesLeft = limits.bodyBytes
    }

    /// Whether no request is under way: nothing is lost if the connection closes here.
    package var isBetweenRequests: Bool {
        if case .requestLine = state { return lines.isEmpty }
        return false
    }

    /// Sets the body limit for the request whose head has just been given, where an endpoint wants another than the
    /// general one. It holds until that request ends.
    package mutating func limitBody(to bytes: Int) {
        bodyBytesLeft = bytes
    }

    /// The next event, taken off the front of `input`; nil, with `input` used up, when more has to arrive.
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
            case .failed(let refusal):
                throw refusal
            }
        }
    }

    private mutating func readRequestLine(
        _ input: inout ArraySlice<UInt8>, mayBeBlank: Bool
    ) throws(HTTPError) -> Bool {
        // What can't begin a request is refused at its first byte: a TLS client would wait for an answer for ever.
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

    /// What is left of a limit on whole sections after one more line and its line break.
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
