/// The status and headers of a response that a server sent us.
package struct HTTPResponseHead: Hashable, Sendable {
    package let status: HTTPStatus
    package let headers: HTTPHeaders
}

/// Reads one response head from a stream that arrives in pieces.
package struct HTTPResponseHeadParser: Sendable {
    private var lines = HTTPLineReader()
    private var status: HTTPStatus?
    private var headers = HTTPHeaders()
    private var bytesLeft: Int
    private let maximumHeaders: Int

    package init(limits: HTTPLimits = HTTPLimits()) {
        bytesLeft = limits.headerBytes
        maximumHeaders = limits.headerCount
    }

    /// The head, taken off the front of `input`; nil, with `input` used up, while its end is missing.
    package mutating func next(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> HTTPResponseHead? {
        while let line = try lines.next(&input, limit: bytesLeft, tooLong: .headersTooLarge) {
            guard line.count + 2 <= bytesLeft else { throw HTTPError(.headersTooLarge) }
            bytesLeft -= line.count + 2
            guard let status else {
                status = try Self.status(line)
                continue
            }
            if line.isEmpty { return HTTPResponseHead(status: status, headers: headers) }
            guard headers.count < maximumHeaders else { throw HTTPError(.tooManyHeaders) }
            let field = try HTTPFieldLine(line)
            headers.appendChecked(name: field.name, value: field.value)
        }
        return nil
    }

    /// Parses `HTTP/1.1 200 OK`.
    private static func status(_ line: ArraySlice<UInt8>) throws(HTTPError) -> HTTPStatus {
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[1].count == 3, parts[1].allSatisfy(\.isASCIIDigit),
            let code = Int(String(decoding: parts[1], as: UTF8.self)), (100...599).contains(code)
        else { throw HTTPError(.malformedRequestLine) }
        guard HTTPVersion(rawValue: String(decoding: parts[0], as: UTF8.self)) != nil else {
            throw HTTPError(.unsupportedVersion)
        }
        return HTTPStatus(code)
    }
}
