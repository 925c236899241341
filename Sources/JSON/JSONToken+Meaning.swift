/// What a token means, given the bytes it was found in.
extension JSONToken {
    @usableFromInline
    package func isText(_ text: StaticString, in bytes: ArraySlice<UInt8>) -> Bool {
        guard kind == .string else { return false }
        if isEscaped {
            let unescaped = JSONText.unescape(bytes[content])
            return text.withUTF8Buffer { unescaped.elementsEqual($0) }
        }
        guard content.count == text.utf8CodeUnitCount else { return false }
        let start = content.lowerBound - bytes.startIndex
        return bytes.withJSONBytes { bytes in
            text.withUTF8Buffer { text in
                for index in text.indices where text[index] != bytes[start + index] { return false }
                return true
            }
        }
    }

    @usableFromInline
    package func string(in bytes: ArraySlice<UInt8>) -> String? {
        guard kind == .string else { return nil }
        return JSONText.decode(bytes[content], isEscaped: isEscaped)
    }

    @usableFromInline
    package func integer(in bytes: ArraySlice<UInt8>) -> Int64? {
        guard kind == .integer else { return nil }
        return bytes.withJSONBytes { JSONNumber.integer(place(in: bytes), in: $0) }
    }

    @usableFromInline
    package func double(in bytes: ArraySlice<UInt8>) -> Double? {
        guard isNumber else { return nil }
        return bytes.withJSONBytes { JSONNumber.double(place(in: bytes), in: $0) }
    }

    @usableFromInline
    package func boolean(in bytes: ArraySlice<UInt8>) -> Bool? {
        kind == .boolean ? bytes[range.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// The token's place counted from the first byte.
    private func place(in bytes: ArraySlice<UInt8>) -> Range<Int> {
        range.lowerBound - bytes.startIndex..<range.upperBound - bytes.startIndex
    }
}
