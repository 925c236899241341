/// What a request asks for: the raw target, and the path and query that it names.
struct HTTPTarget: Hashable, Sendable {
    /// As it was sent.
    let raw: String
    /// Percent-decoded, beginning with `/`, free of `.` and `..` segments and control characters; `*` for
    /// `OPTIONS *`.
    let path: String
    let query: HTTPQuery
    /// The host and port of an absolute target; they count instead of the Host header.
    let authority: String?

    init(_ target: ArraySlice<UInt8>, method: HTTPMethod) throws(HTTPError) {
        guard !target.isEmpty, target.allSatisfy(\.isHTTPTarget) else { throw HTTPError(.malformedTarget) }
        raw = String(decoding: target, as: UTF8.self)
        if method == .options, target.elementsEqual([UInt8(ascii: "*")]) {
            (path, query, authority) = ("*", HTTPQuery(""), nil)
            return
        }
        let (authority, pathAndQuery) = try Self.splitOrigin(target)
        let mark = pathAndQuery.firstIndex(of: UInt8(ascii: "?"))
        path = try Self.decodePath(pathAndQuery[..<(mark ?? pathAndQuery.endIndex)])
        query = HTTPQuery(mark.map { String(decoding: pathAndQuery[($0 + 1)...], as: UTF8.self) } ?? "")
        self.authority = authority
    }

    /// Splits `http://host:port/path` as proxies' clients send it; a path alone passes as it is.
    private static func splitOrigin(
        _ target: ArraySlice<UInt8>
    ) throws(HTTPError) -> (authority: String?, rest: ArraySlice<UInt8>) {
        if target.first == UInt8(ascii: "/") { return (nil, target) }
        guard
            let scheme = ["http://", "https://"].first(where: { target.prefix($0.utf8.count).equalsIgnoringCase($0) })
        else { throw HTTPError(.malformedTarget) }
        let rest = target.dropFirst(scheme.utf8.count)
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard end > rest.startIndex, rest[..<end].allSatisfy(\.isHTTPHost) else { throw HTTPError(.malformedTarget) }
        return (String(decoding: rest[..<end], as: UTF8.self), rest[end...])
    }

    private static func decodePath(_ encoded: ArraySlice<UInt8>) throws(HTTPError) -> String {
        if encoded.isEmpty { return "/" }
        guard let decoded = PercentEncoding.decodeStrictly(encoded), let path = String(validating: decoded) else {
            throw HTTPError(.malformedTarget)
        }
        let slashes = encoded.count { $0 == UInt8(ascii: "/") }
        let segments = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // A slash that was encoded adds a segment; whoever checks paths before us would have seen one less.
        guard segments.count == slashes + 1, !segments.contains(where: { isDotSegment($0) }),
            decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
        else { throw HTTPError(.unsafePath) }
        return path
    }

    private static func isDotSegment(_ segment: ArraySlice<UInt8>) -> Bool {
        (segment.count == 1 || segment.count == 2) && segment.allSatisfy { $0 == UInt8(ascii: ".") }
    }
}

extension String {
    /// The text, or nil if the bytes are not UTF-8.
    fileprivate init?(validating bytes: [UInt8]) {
        guard bytes.contains(where: { $0 >= 0x80 }) else {
            self.init(decoding: bytes, as: UTF8.self)
            return
        }
        self.init(validating: bytes, as: UTF8.self)
    }
}
