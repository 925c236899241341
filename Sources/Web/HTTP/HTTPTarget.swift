/// A parsed request target.
struct HTTPTarget: Hashable, Sendable {
    let raw: String
    /// Percent-decoded, beginning with `/`, without `.` and `..` segments and control characters; `*` for `OPTIONS *`.
    let path: String
    let query: HTTPQuery
    /// The host and port of an absolute target; they override the Host header.
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
        let encodedPath = pathAndQuery[..<(mark ?? pathAndQuery.endIndex)]
        // Nearly all targets are a plain path.
        path = encodedPath.count == target.count && Self.isPlain(target) ? raw : try Self.decodePath(encodedPath)
        query = HTTPQuery(mark.map { String(decoding: pathAndQuery[($0 + 1)...], as: UTF8.self) } ?? "")
        self.authority = authority
    }

    /// Splits `http://host:port/path` as sent to proxies; a path alone is returned unchanged.
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
        // An encoded slash adds a segment that a proxy checking the path would not have seen.
        guard segments.count == slashes + 1, !segments.contains(where: { isDotSegment($0) }),
            decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
        else { throw HTTPError(.unsafePath) }
        return path
    }

    /// Whether a path needs no decoding and has no segment that begins with a dot.
    private static func isPlain(_ path: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in path {
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\") || byte >= 0x7F { return false }
            if byte == UInt8(ascii: "."), previous == UInt8(ascii: "/") { return false }
            previous = byte
        }
        return true
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

/// The part of a target after the `?`, stored raw and decoded on demand.
package struct HTTPQuery: Hashable, Sendable {
    /// Without the `?`.
    package let raw: String

    package init(_ raw: String) {
        self.raw = raw
    }

    package var isEmpty: Bool { raw.isEmpty }

    /// The decoded items in order; `name` without `=` has an empty value.
    package var items: [(name: String, value: String)] {
        Array(raw.utf8)[...].split(separator: UInt8(ascii: "&")).map { item in
            let equals = item.firstIndex(of: UInt8(ascii: "="))
            let name = item[..<(equals ?? item.endIndex)]
            let value = equals.map { item[($0 + 1)...] } ?? []
            return (PercentEncoding.decodeFormField(name), PercentEncoding.decodeFormField(value))
        }
    }

    /// The first value of this name.
    package subscript(_ name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    package func values(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}

/// Percent-decoding of paths and queries.
enum PercentEncoding {
    /// The decoded bytes, or nil if a `%` is not followed by two hexadecimal digits.
    static func decodeStrictly(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "%") else {
                decoded.append(text[index])
                index += 1
                continue
            }
            guard let byte = hexadecimalPair(in: text, at: index + 1) else { return nil }
            decoded.append(byte)
            index += 3
        }
        return decoded
    }

    /// The decoded form field: `+` is a space, and an incomplete escape stays as it is.
    static func decodeFormField(_ text: ArraySlice<UInt8>) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), let byte = hexadecimalPair(in: text, at: index + 1) {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(text[index] == UInt8(ascii: "+") ? 0x20 : text[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexadecimalPair(in text: ArraySlice<UInt8>, at index: Int) -> UInt8? {
        guard index + 1 < text.endIndex, let high = text[index].hexadecimalDigit,
            let low = text[index + 1].hexadecimalDigit
        else { return nil }
        return high << 4 | low
    }
}
