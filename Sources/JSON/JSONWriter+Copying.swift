/// Forwarding parsed values in the writer's own style. Numbers keep their digits.
extension JSONWriter {
    /// A key and its value.
    @inlinable
    package mutating func copy(_ member: JSONMember, of source: some JSONTokenSource) {
        let bytes = source.bytes
        copyKey(member.key, in: bytes)
        copy(member.value, in: bytes)
    }

    /// A key alone, to replace its value.
    @inlinable
    package mutating func copyKey(_ key: JSONToken, of source: some JSONTokenSource) {
        copyKey(key, in: source.bytes)
    }

    @inlinable
    package mutating func copy(_ value: JSONToken, of source: some JSONTokenSource) {
        copy(value, in: source.bytes)
    }

    @usableFromInline
    mutating func copyKey(_ key: JSONToken, in bytes: ArraySlice<UInt8>) {
        Self.withText(key.content, in: bytes, isEscaped: key.isEscaped) { self.key($0) }
    }

    @usableFromInline
    mutating func copy(_ value: JSONToken, in bytes: ArraySlice<UInt8>) {
        switch value.kind {
        case .string: Self.withText(value.content, in: bytes, isEscaped: value.isEscaped) { string($0) }
        case .array, .object: copyRestyled(bytes[value.range])
        case .null, .boolean, .integer, .fraction: Self.withBytes(value.range, in: bytes) { raw($0) }
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
                    let isEscaped = content.contains(UInt8(ascii: "\\"))
                    Self.withText(content.startIndex..<content.endIndex, in: json, isEscaped: isEscaped) {
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
    @inline(__always)
    private static func withText(
        _ content: Range<Int>, in bytes: ArraySlice<UInt8>, isEscaped: Bool,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        if isEscaped {
            JSONText.unescape(bytes[content]).withUnsafeBufferPointer(body)
        } else {
            withBytes(content, in: bytes, body)
        }
    }

    /// A slice of its own would retain the bytes.
    @inline(__always)
    private static func withBytes(
        _ range: Range<Int>, in bytes: ArraySlice<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let place = range.lowerBound - bytes.startIndex..<range.upperBound - bytes.startIndex
        bytes.withJSONBytes { body($0[place]) }
    }
}
