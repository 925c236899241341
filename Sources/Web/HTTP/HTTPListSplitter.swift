/// Splits list-valued header fields, minding quoted strings.
enum HTTPListSplitter {
    /// The non-empty elements between separators, without the blanks around them. A quote that is never closed
    /// reaches to the end.
    static func split(_ value: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
        var elements: [ArraySlice<UInt8>] = []
        var start = value.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in value.indices {
            let byte = value[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isEscaped = byte == UInt8(ascii: "\\")
                isQuoted = byte != UInt8(ascii: "\"")
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == separator {
                elements.append(value[start..<index].trimmingBlanks)
                start = index + 1
            }
        }
        elements.append(value[start...].trimmingBlanks)
        return elements.filter { !$0.isEmpty }
    }

    static func split(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        split(value, at: UInt8(ascii: ","))
    }
}
