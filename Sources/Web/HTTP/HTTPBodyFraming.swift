/// How the end of a request's body is found.
package enum HTTPBodyFraming: Hashable, Sendable {
    case none
    case length(Int)
    case chunked

    /// Whether the client has announced a body of more bytes than this.
    package func announces(moreThan bytes: Int) -> Bool {
        if case .length(let length) = self { length > bytes } else { false }
    }

    /// Decides by RFC 9112 §6, and refuses whatever two servers in a row could understand differently.
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

    /// Digits only: no sign, no blanks, no list, nothing that overflows.
    private static func parseLength(_ text: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        guard !text.isEmpty, text.count <= 18, text.allSatisfy(\.isASCIIDigit) else {
            throw HTTPError(.malformedContentLength)
        }
        return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
