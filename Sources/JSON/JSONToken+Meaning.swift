/// What a token means, given the bytes it was found in.
extension JSONToken {
    @usableFromInline
    package func isText(_ text: StaticString, in bytes: ArraySlice<UInt8>) -> Bool {
        guard kind == .string else { return false }
        if isEscaped {
            let unescaped = JSONText.unescape(bytes[content])
            return text.withUTF8Buffer { unescaped.elementsEqual($0) }
        }
        let content = content
        guard content.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for index in text.indices where text[index] != bytes[content.lowerBound + index] { return false }
            return true
        }
    }

    @usableFromInline
    package func string(in bytes: ArraySlice<UInt8>) -> String? {
        guard kind == .string else { return nil }
        return JSONText.decode(bytes[content], isEscaped: isEscaped)
    }

    @usableFromInline
    package func integer(in bytes: ArraySlice<UInt8>) -> Int64? {
        kind == .integer ? JSONNumber.integer(range, in: bytes) : nil
    }

    @usableFromInline
    package func double(in bytes: ArraySlice<UInt8>) -> Double? {
        isNumber ? JSONNumber.double(range, in: bytes) : nil
    }

    @usableFromInline
    package func boolean(in bytes: ArraySlice<UInt8>) -> Bool? {
        kind == .boolean ? bytes[range.lowerBound] == UInt8(ascii: "t") : nil
    }
}
