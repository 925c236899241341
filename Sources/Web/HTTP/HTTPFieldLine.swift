/// One header line, `name: value`, checked strictly.
struct HTTPFieldLine {
    let name: ArraySlice<UInt8>
    let value: ArraySlice<UInt8>

    /// Refuses a continuation of the line before, an empty or malformed name, blanks before the colon and control
    /// characters in the value: each of them is read differently by different servers.
    init(_ line: ArraySlice<UInt8>) throws(HTTPError) {
        if let first = line.first, first.isHTTPBlank { throw HTTPError(.foldedHeader) }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw HTTPError(.malformedHeader)
        }
        name = line[..<colon]
        value = line[(colon + 1)...].trimmingBlanks
        guard name.allSatisfy(\.isHTTPToken), value.allSatisfy(\.isHTTPFieldContent) else {
            throw HTTPError(.malformedHeader)
        }
    }
}
