/// A response status: a code and its phrase.
package struct HTTPStatus: Hashable, Sendable, CustomStringConvertible {
    /// Three digits, 100...599.
    package let code: Int

    package init(_ code: Int) {
        self.code = code
    }

    package static let switchingProtocols = Self(101)
    package static let ok = Self(200)
    package static let created = Self(201)
    package static let accepted = Self(202)
    package static let noContent = Self(204)
    package static let found = Self(302)
    package static let notModified = Self(304)
    package static let temporaryRedirect = Self(307)
    package static let permanentRedirect = Self(308)
    package static let badRequest = Self(400)
    package static let unauthorized = Self(401)
    package static let forbidden = Self(403)
    package static let notFound = Self(404)
    package static let methodNotAllowed = Self(405)
    package static let requestTimeout = Self(408)
    package static let conflict = Self(409)
    package static let gone = Self(410)
    package static let contentTooLarge = Self(413)
    package static let uriTooLong = Self(414)
    package static let expectationFailed = Self(417)
    package static let unprocessableContent = Self(422)
    package static let upgradeRequired = Self(426)
    package static let tooManyRequests = Self(429)
    package static let requestHeaderFieldsTooLarge = Self(431)
    package static let notImplemented = Self(501)
    package static let serviceUnavailable = Self(503)
    package static let versionNotSupported = Self(505)

    package var description: String { "\(code) \(phrase)" }

    /// Whether responses with this status have no body, regardless of their headers.
    package var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

    /// The phrase of the status line, for human readers.
    package var phrase: String {
        switch code {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

/// The status and headers of a response received from a server.
package struct HTTPResponseHead: Hashable, Sendable {
    package let status: HTTPStatus
    package let headers: HTTPHeaders
}

/// Parses one response head from a chunked stream.
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

    /// The head, removed from the front of `input`; nil, with `input` consumed, if it is incomplete.
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
