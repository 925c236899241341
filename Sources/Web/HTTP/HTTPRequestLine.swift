/// The first line of a request, checked.
struct HTTPRequestLine: Hashable, Sendable {
    let method: HTTPMethod
    let target: HTTPTarget
    let version: HTTPVersion

    /// Parses `METHOD SP target SP HTTP/x.y` with exactly one space between the parts.
    init(_ line: ArraySlice<UInt8>) throws(HTTPError) {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isHTTPToken) else {
            throw HTTPError(.malformedRequestLine)
        }
        version = try Self.version(parts[2])
        method = HTTPMethod(String(decoding: parts[0], as: UTF8.self))
        guard method != .connect else { throw HTTPError(.unsupportedMethod) }
        target = try HTTPTarget(parts[1], method: method)
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
