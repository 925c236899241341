/// A validated request head.
package struct HTTPRequestHead: Hashable, Sendable {
    package let method: HTTPMethod
    /// The original target.
    package let target: String
    /// Percent-decoded, beginning with `/`, without `.` or `..` segments, encoded slashes or control characters.
    package let path: String
    package let query: HTTPQuery
    package let version: HTTPVersion
    package let headers: HTTPHeaders
    package let body: HTTPBodyFraming
    /// The requested host, with its port if present.
    package let host: String?
    /// The client waits for `100 Continue` before it sends the body.
    package let expectsContinue: Bool

    init(_ line: HTTPRequestLine, _ headers: HTTPHeaders) throws(HTTPError) {
        method = line.method
        target = line.target.raw
        path = line.target.path
        query = line.target.query
        version = line.version
        self.headers = headers
        let host = try Self.checkedHost(headers, version: line.version)
        self.host = line.target.authority ?? host
        body = try HTTPBodyFraming(headers, version: line.version)
        expectsContinue = try Self.checkedExpectation(headers, version: line.version) && body != .none
    }

    var heldBytes: Int { 2 * target.utf8.count + headers.heldBytes }

    /// Whether the connection can carry another request after this one.
    package var persistence: HTTPPersistence { HTTPPersistence(version: version, headers: headers) }

    private static func checkedHost(_ headers: HTTPHeaders, version: HTTPVersion) throws(HTTPError) -> String? {
        let hosts = Array(headers.rawValues("Host"))
        guard hosts.count <= 1 else { throw HTTPError(.repeatedHost) }
        guard let host = hosts.first else {
            guard version == .http10 else { throw HTTPError(.missingHost) }
            return nil
        }
        guard host.allSatisfy(\.isHTTPHost) else { throw HTTPError(.malformedHost) }
        return String(decoding: host, as: UTF8.self)
    }

    private static func checkedExpectation(
        _ headers: HTTPHeaders, version: HTTPVersion
    ) throws(HTTPError) -> Bool {
        // HTTP/1.0 has no interim responses: the header is ignored.
        guard version == .http11, headers.contains("Expect") else { return false }
        guard headers.list("Expect").allSatisfy({ $0.lowercased() == "100-continue" }) else {
            throw HTTPError(.unknownExpectation)
        }
        return true
    }
}

/// A request method. Unknown methods are preserved; the router answers them with 405 or 501.
package struct HTTPMethod: Hashable, Sendable, CustomStringConvertible {
    /// Case-sensitive: `get` is not `GET`.
    package let rawValue: String

    package init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    package static let get = Self("GET")
    package static let head = Self("HEAD")
    package static let post = Self("POST")
    package static let put = Self("PUT")
    package static let patch = Self("PATCH")
    package static let delete = Self("DELETE")
    package static let options = Self("OPTIONS")
    package static let connect = Self("CONNECT")
    package static let trace = Self("TRACE")

    package var description: String { rawValue }
}

/// The supported versions. Any other is answered 505.
package enum HTTPVersion: String, Hashable, Sendable {
    case http10 = "HTTP/1.0"
    case http11 = "HTTP/1.1"
}

/// Whether the connection stays open after a response.
package enum HTTPPersistence: Hashable, Sendable {
    /// It closes, and the response announces that.
    case close
    /// It stays open, the default of HTTP/1.1.
    case keepAlive
    /// It stays open, and the response must announce that, because an HTTP/1.0 client requested it.
    case announcedKeepAlive

    /// Follows from the client's version and Connection header.
    package init(version: HTTPVersion, headers: HTTPHeaders) {
        if headers.list("Connection", contains: "close") {
            self = .close
        } else if version == .http11 {
            self = .keepAlive
        } else {
            self = headers.list("Connection", contains: "keep-alive") ? .announcedKeepAlive : .close
        }
    }
}

/// The validated first line of a request.
struct HTTPRequestLine: Hashable, Sendable {
    let method: HTTPMethod
    let target: HTTPTarget
    let version: HTTPVersion

    /// Parses `METHOD SP target SP HTTP/x.y` with exactly one space between the parts.
    init(_ line: ArraySlice<UInt8>) throws(HTTPError) {
        guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last,
            first > line.startIndex, !line[(first + 1)..<last].contains(0x20),
            line[..<first].allSatisfy(\.isHTTPToken)
        else { throw HTTPError(.malformedRequestLine) }
        version = try Self.version(line[(last + 1)...])
        method = HTTPMethod(String(decoding: line[..<first], as: UTF8.self))
        guard method != .connect else { throw HTTPError(.unsupportedMethod) }
        target = try HTTPTarget(line[(first + 1)..<last], method: method)
    }

    private static func version(_ text: ArraySlice<UInt8>) throws(HTTPError) -> HTTPVersion {
        let word = String(decoding: text, as: UTF8.self)
        if let version = HTTPVersion(rawValue: word) { return version }
        let digits = text.dropFirst(5)
        guard word.hasPrefix("HTTP/"), digits.count == 3, let major = digits.first, major.isASCIIDigit,
            let minor = digits.last, minor.isASCIIDigit, digits[digits.startIndex + 1] == UInt8(ascii: ".")
        else { throw HTTPError(.malformedRequestLine) }
        throw HTTPError(.unsupportedVersion)
    }
}

/// How the end of a request body is determined.
package enum HTTPBodyFraming: Hashable, Sendable {
    case none
    case length(Int)
    case chunked

    /// Whether Content-Length exceeds this number of bytes.
    package func announces(moreThan bytes: Int) -> Bool {
        if case .length(let length) = self { length > bytes } else { false }
    }

    /// Applies RFC 9112 §6, and rejects headers that two servers in a chain could interpret differently.
    init(_ headers: HTTPHeaders, version: HTTPVersion) throws(HTTPError) {
        let lengths = Array(headers.rawValues("Content-Length"))
        if headers.contains("Transfer-Encoding") {
            guard lengths.isEmpty else { throw HTTPError(.lengthAndTransferEncoding) }
            guard version == .http11 else { throw HTTPError(.malformedTransferEncoding) }
            try Self.checkCodings(headers.list("Transfer-Encoding"))
            self = .chunked
        } else if let length = lengths.first {
            guard lengths.count == 1 else { throw HTTPError(.repeatedContentLength) }
            self = .length(try Self.parseLength(length))
        } else {
            self = .none
        }
    }

    private static func checkCodings(_ codings: [String]) throws(HTTPError) {
        let names = codings.map { $0.lowercased() }
        if names == ["chunked"] { return }
        guard let last = names.last else { throw HTTPError(.malformedTransferEncoding) }
        let isChunkedMisplaced = names.dropLast().contains("chunked")
        throw HTTPError(isChunkedMisplaced || last.isEmpty ? .malformedTransferEncoding : .unknownTransferCoding)
    }

    /// Digits only: no sign, blanks or list, and no overflow.
    private static func parseLength(_ text: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        guard !text.isEmpty, text.count <= 18, text.allSatisfy(\.isASCIIDigit) else {
            throw HTTPError(.malformedContentLength)
        }
        return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

/// The line before a chunk: its size in hexadecimal, and extensions.
enum HTTPChunkLine {
    /// The size of the chunk. Extensions are checked for control characters, then ignored.
    static func size(_ line: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        let end = line.firstIndex { $0.hexadecimalDigit == nil } ?? line.endIndex
        let digits = line[..<end]
        // Fifteen digits cannot overflow Int.
        guard !digits.isEmpty, digits.count <= 15, isExtension(line[end...]) else {
            throw HTTPError(.malformedChunk)
        }
        return digits.reduce(0) { $0 << 4 | Int($1.hexadecimalDigit ?? 0) }
    }

    /// Empty, or `;` and text; the grammar allows blanks before the `;` ("bad whitespace").
    private static func isExtension(_ rest: ArraySlice<UInt8>) -> Bool {
        let trimmed = rest.drop(while: \.isHTTPBlank)
        guard let first = trimmed.first else { return rest.isEmpty }
        return first == UInt8(ascii: ";") && trimmed.allSatisfy(\.isHTTPFieldContent)
    }
}
