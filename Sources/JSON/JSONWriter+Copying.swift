/// Forwarding parsed values in the writer's own style. Numbers keep their digits.
extension JSONWriter {
    /// A key and its value.
    package mutating func copy(_ member: JSONMember, of source: some JSONTokenSource) {
        copyKey(member.key, of: source)
        copy(member.value, of: source)
    }

    /// A key alone, to replace its value.
    package mutating func copyKey(_ key: JSONToken, of source: some JSONTokenSource) {
        Self.withText(source.bytes[key.content], isEscaped: key.isEscaped) { self.key($0) }
    }

    package mutating func copy(_ value: JSONToken, of source: some JSONTokenSource) {
        switch value.kind {
        case .string: Self.withText(source.bytes[value.content], isEscaped: value.isEscaped) { string($0) }
        case .array, .object: copyRestyled(source.bytes[value.range])
        case .null, .boolean, .integer, .fraction: raw(source.bytes[value.range])
        }
    }

    /// A cursor has validated the text, so any byte outside of strings that is neither separator nor space belongs to a
    /// number, a literal or a bracket.
    private mutating func copyRestyled(_ json: ArraySlice<UInt8>) {
        let style = style
        // A separator takes at most two bytes, and quoting expands one byte to at most six.
        value(atMost: 6 * json.count) { span in
            var index = json.startIndex
            while index < json.endIndex {
                let byte = json[index]
                switch byte {
                case UInt8(ascii: "\""):
                    let end = Self.endOfString(in: json, from: index)
                    let content = json[index + 1..<end - 1]
                    Self.withText(content, isEscaped: content.contains(UInt8(ascii: "\\"))) {
                        JSONQuoting.put($0, style: style, to: &span)
                    }
                    index = end
                    continue
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    span.put(byte)
                    if style.isSpaced { span.put(UInt8(ascii: " ")) }
                case 0x20, 0x0A, 0x0D, 0x09:
                    break
                default:
                    span.put(byte)
                }
                index += 1
            }
        }
    }

    private static func endOfString(in json: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
        return index + 1
    }

    /// Calls `body` with the unescaped text of a string.
    private static func withText(
        _ content: ArraySlice<UInt8>, isEscaped: Bool, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        if isEscaped {
            JSONText.unescape(content).withUnsafeBufferPointer(body)
        } else {
            content.withUnsafeBufferPointer(body)
        }
    }
}
