/// Why a request was rejected. The connection cannot be used afterwards: the end of a malformed request is unknown, and
/// guessing it enables request smuggling.
package struct HTTPError: Error, Hashable, Sendable {
    /// The raw value is the metric label.
    package enum Reason: String, CaseIterable, Sendable {
        case tlsOnPlainPort = "tls_on_plain_port"
        case malformedRequestLine = "malformed_request_line"
        case malformedTarget = "malformed_target"
        case unsafePath = "unsafe_path"
        case requestLineTooLong = "request_line_too_long"
        case unsupportedVersion = "unsupported_version"
        case unsupportedMethod = "unsupported_method"
        case bareLineFeed = "bare_line_feed"
        case bareCarriageReturn = "bare_carriage_return"
        case malformedHeader = "malformed_header"
        case foldedHeader = "folded_header"
        case headersTooLarge = "headers_too_large"
        case tooManyHeaders = "too_many_headers"
        case missingHost = "missing_host"
        case repeatedHost = "repeated_host"
        case malformedHost = "malformed_host"
        case lengthAndTransferEncoding = "length_and_transfer_encoding"
        case repeatedContentLength = "repeated_content_length"
        case malformedContentLength = "malformed_content_length"
        case malformedTransferEncoding = "malformed_transfer_encoding"
        case unknownTransferCoding = "unknown_transfer_coding"
        case unknownExpectation = "unknown_expectation"
        case bodyTooLarge = "body_too_large"
        case malformedChunk = "malformed_chunk"
        case chunkLineTooLong = "chunk_line_too_long"
        case malformedTrailer = "malformed_trailer"
        case trailersTooLarge = "trailers_too_large"
    }

    package let reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }

    package var status: HTTPStatus {
        switch reason {
        case .requestLineTooLong: .uriTooLong
        case .headersTooLarge, .tooManyHeaders, .trailersTooLarge: .requestHeaderFieldsTooLarge
        case .bodyTooLarge: .contentTooLarge
        case .unknownExpectation: .expectationFailed
        case .unsupportedVersion: .versionNotSupported
        case .unsupportedMethod, .unknownTransferCoding: .notImplemented
        default: .badRequest
        }
    }

    /// One sentence for the developer of the client.
    package var text: String {
        switch reason {
        case .tlsOnPlainPort: "This port serves plain HTTP: use http:// or ws://, not https:// or wss://."
        case .malformedRequestLine: "The request line must be a method, one space, a target, one space and HTTP/1.1."
        case .malformedTarget: "The request target must be a path of visible ASCII with valid percent-encoding."
        case .unsafePath: "The path must not contain '.' or '..' segments, nor encoded slashes or control characters."
        case .requestLineTooLong: "The request line is too long: shorten the path or the query."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are supported."
        case .unsupportedMethod: "CONNECT is not supported: this is not a proxy."
        case .bareLineFeed: "A line ends with a bare LF instead of CR LF."
        case .bareCarriageReturn: "A CR is not followed by LF."
        case .malformedHeader:
            "A header line must be a name, directly followed by a colon, and a value without control characters."
        case .foldedHeader: "A header value must not continue on the next line."
        case .headersTooLarge: "The headers are too large in total."
        case .tooManyHeaders: "There are too many header lines."
        case .missingHost: "HTTP/1.1 requires a Host header."
        case .repeatedHost: "There must be only one Host header."
        case .malformedHost: "The Host header must be a host and an optional port."
        case .lengthAndTransferEncoding: "Content-Length and Transfer-Encoding must not both be sent."
        case .repeatedContentLength: "There must be only one Content-Length."
        case .malformedContentLength: "Content-Length must be a plain decimal number."
        case .malformedTransferEncoding: "Transfer-Encoding must end with a single chunked and requires HTTP/1.1."
        case .unknownTransferCoding: "The only supported transfer coding is chunked."
        case .unknownExpectation: "The only supported expectation is 100-continue."
        case .bodyTooLarge: "The body is larger than this endpoint accepts."
        case .malformedChunk: "A chunk must be a hexadecimal size, CR LF, that many bytes and CR LF."
        case .chunkLineTooLong: "A chunk's size line is too long."
        case .malformedTrailer: "A trailer line must be a name, directly followed by a colon, and a value."
        case .trailersTooLarge: "The trailers are too large in total."
        }
    }
}
