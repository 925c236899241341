/// Turns the content of a string that has been checked into text.
enum JSONText {
    static func decode(_ content: ArraySlice<UInt8>, isEscaped: Bool) -> String {
        isEscaped
            ? String(decoding: unescape(content), as: UTF8.self)
            : String(decoding: content, as: UTF8.self)
    }

    static func unescape(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            let byte = content[index]
            if byte != UInt8(ascii: "\\") {
                text.append(byte)
                index += 1
                continue
            }
            switch content[index + 1] {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = unit(content, at: index + 2)
                if scalar & 0xFC00 == 0xD800 {
                    scalar = 0x1_0000 + ((scalar & 0x3FF) << 10) + (unit(content, at: index + 8) & 0x3FF)
                    index += 6
                }
                append(scalar, to: &text)
                index += 4
            case let character: text.append(character)
            }
            index += 2
        }
        return text
    }

    private static func unit(_ content: ArraySlice<UInt8>, at index: Int) -> UInt32 {
        content[index..<index + 4].reduce(0) { $0 << 4 | UInt32($1.hexadecimalDigit ?? 0) }
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(scalar) else { return }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}
