/// Puts text between quotes and escapes what must not stand there as it is. The text is valid UTF-8: it comes from a
/// Swift string, or a reader has checked it.
enum JSONQuoting {
    /// The most that the quoted text can take: two quotes, and where it is not plain every byte may become `\u00XX`.
    @inline(__always)
    static func room(for text: UnsafeBufferPointer<UInt8>) -> (isPlain: Bool, bytes: Int) {
        let isPlain = JSONPlainText.end(in: text, from: 0) == text.count
        return (isPlain, (isPlain ? text.count : 6 * text.count) + 2)
    }

    @inline(__always)
    static func put(_ text: UnsafeBufferPointer<UInt8>, isPlain: Bool, style: JSONStyle, to pen: inout JSONOutputSpan) {
        guard isPlain else { return put(text, style: style, to: &pen) }
        pen.put(UInt8(ascii: "\""))
        pen.put(text)
        pen.put(UInt8(ascii: "\""))
    }

    static func put(_ text: UnsafeBufferPointer<UInt8>, style: JSONStyle, to pen: inout JSONOutputSpan) {
        pen.put(UInt8(ascii: "\""))
        var runStart = 0
        var index = 0
        while true {
            index = JSONPlainText.end(in: text, from: index)
            guard index < text.count else { break }
            let byte = text[index]
            if byte >= 0x7F && !style.isASCII {
                index += 1
                continue
            }
            pen.put(UnsafeBufferPointer(rebasing: text[runStart..<index]))
            if byte < 0x80 {
                put(escapeOf: byte, to: &pen)
                index += 1
            } else {
                let (scalar, length) = scalar(in: text, at: index)
                put(escapeOf: scalar, to: &pen)
                index += length
            }
            runStart = index
        }
        pen.put(UnsafeBufferPointer(rebasing: text[runStart...]))
        pen.put(UInt8(ascii: "\""))
    }

    private static func put(escapeOf byte: UInt8, to pen: inout JSONOutputSpan) {
        switch byte {
        case UInt8(ascii: "\""): pen.put("\\\"")
        case UInt8(ascii: "\\"): pen.put("\\\\")
        case 0x08: pen.put("\\b")
        case 0x09: pen.put("\\t")
        case 0x0A: pen.put("\\n")
        case 0x0C: pen.put("\\f")
        case 0x0D: pen.put("\\r")
        default: put(unit: UInt16(byte), to: &pen)
        }
    }

    private static func put(escapeOf scalar: UInt32, to pen: inout JSONOutputSpan) {
        if scalar < 0x1_0000 {
            put(unit: UInt16(scalar), to: &pen)
        } else {
            let offset = scalar - 0x1_0000
            put(unit: UInt16(0xD800 + (offset >> 10)), to: &pen)
            put(unit: UInt16(0xDC00 + (offset & 0x3FF)), to: &pen)
        }
    }

    private static func put(unit: UInt16, to pen: inout JSONOutputSpan) {
        pen.put("\\u")
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(unit >> UInt16(shift) & 0xF)
            pen.put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// The scalar whose first byte, 0xC2 or more, stands at `index`, and how many bytes it takes.
    private static func scalar(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> (UInt32, Int) {
        func tail(_ offset: Int) -> UInt32 { UInt32(text[index + offset] & 0x3F) }
        let first = UInt32(text[index])
        if first < 0xE0 { return ((first & 0x1F) << 6 | tail(1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3) }
        return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
    }
}
