/// Passing on what a device said: the same values in the writer's own style. Numbers keep their digits.
extension JSONWriter {
    /// A key and its value.
    package mutating func copy(_ member: JSONMember, of source: some JSONTokenSource) {
        copyKey(member.key, of: source)
        copy(member.value, of: source)
    }

    /// A key alone, for a value that is to be replaced.
    package mutating func copyKey(_ key: JSONToken, of source: some JSONTokenSource) {
        separate()
        quoteContent(of: source.raw(key), isEscaped: key.isEscaped)
        endKey()
    }

    package mutating func copy(_ value: JSONToken, of source: some JSONTokenSource) {
        separate()
        switch value.kind {
        case .string: quoteContent(of: source.raw(value), isEscaped: value.isEscaped)
        case .array, .object: appendRestyled(source.raw(value))
        case .null, .boolean, .integer, .fraction: bytes.append(contentsOf: source.raw(value))
        }
    }

    /// The text has been accepted by a cursor, so whatever is not a string, a separator or space is part of a number, a
    /// word or a bracket.
    private mutating func appendRestyled(_ json: ArraySlice<UInt8>) {
        var index = json.startIndex
        while index < json.endIndex {
            let byte = json[index]
            switch byte {
            case UInt8(ascii: "\""):
                let end = Self.endOfString(in: json, from: index)
                quoteContent(of: json[index..<end], isEscaped: json[index..<end].contains(UInt8(ascii: "\\")))
                index = end
                continue
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                bytes.append(byte)
                if style.isSpaced { bytes.append(UInt8(ascii: " ")) }
            case 0x20, 0x0A, 0x0D, 0x09:
                break
            default:
                bytes.append(byte)
            }
            index += 1
        }
    }

    private static func endOfString(in json: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
        return index + 1
    }

    private mutating func quoteContent(of string: ArraySlice<UInt8>, isEscaped: Bool) {
        let content = string.dropFirst().dropLast()
        if isEscaped {
            JSONText.unescape(content).withUnsafeBufferPointer { quote($0) }
        } else {
            content.withUnsafeBufferPointer { quote($0) }
        }
    }
}
