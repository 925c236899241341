/// Quotes and escapes text that is not plain. The text must be valid UTF-8: it comes from a Swift string or has been validated.
enum JSONQuoting {
    static func put(_ text: UnsafeBufferPointer<UInt8>, style: JSONStyle, to span: inout JSONOutputSpan) {
        span.put(UInt8(ascii: "\""))
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
            span.put(UnsafeBufferPointer(rebasing: text[runStart..<index]))
            if byte < 0x80 {
                put(escapeOf: byte, to: &span)
                index += 1
            } else {
                let (scalar, length) = scalar(in: text, at: index)
                put(escapeOf: scalar, to: &span)
                index += length
            }
            runStart = index
        }
        span.put(UnsafeBufferPointer(rebasing: text[runStart...]))
        span.put(UInt8(ascii: "\""))
    }

    private static func put(escapeOf byte: UInt8, to span: inout JSONOutputSpan) {
        switch byte {
        case UInt8(ascii: "\""): span.put("\\\"")
        case UInt8(ascii: "\\"): span.put("\\\\")
        case 0x08: span.put("\\b")
        case 0x09: span.put("\\t")
        case 0x0A: span.put("\\n")
        case 0x0C: span.put("\\f")
        case 0x0D: span.put("\\r")
        default: put(unit: UInt16(byte), to: &span)
        }
    }

    private static func put(escapeOf scalar: UInt32, to span: inout JSONOutputSpan) {
        if scalar < 0x1_0000 {
            put(unit: UInt16(scalar), to: &span)
        } else {
            let offset = scalar - 0x1_0000
            put(unit: UInt16(0xD800 + (offset >> 10)), to: &span)
            put(unit: UInt16(0xDC00 + (offset & 0x3FF)), to: &span)
        }
    }

    private static func put(unit: UInt16, to span: inout JSONOutputSpan) {
        span.put("\\u")
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(unit >> UInt16(shift) & 0xF)
            span.put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// The scalar whose first byte (0xC2 or more) is at `index`, and its length.
    private static func scalar(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> (UInt32, Int) {
        func tail(_ offset: Int) -> UInt32 { UInt32(text[index + offset] & 0x3F) }
        let first = UInt32(text[index])
        if first < 0xE0 { return ((first & 0x1F) << 6 | tail(1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3) }
        return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
    }
}
