/// The standard alphabet with padding (RFC 4648 §4).
enum Base64 {
    static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var held = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                for shift in [18, 12, 6, 0] { text.append(character(group >> UInt32(shift))) }
                (group, held) = (0, 0)
            }
        }
        if held == 1 {
            text += [character(group >> 2), character(group << 4), UInt8(ascii: "="), UInt8(ascii: "=")]
        } else if held == 2 {
            text += [character(group >> 10), character(group >> 4), character(group << 2), UInt8(ascii: "=")]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The decoded bytes, or nil where the text is not base64. Bits that padding leaves over need not be zero: the
    /// WebSocket standard's own example has them set.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var held = 0
        for character in text.dropLast(padding) {
            guard let value = value(character) else { return nil }
            group = group << 6 | value
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(held)))
            }
        }
        return bytes
    }

    private static func character(_ bits: UInt32) -> UInt8 {
        let value = UInt8(bits & 0x3F)
        switch value {
        case 0..<26: return UInt8(ascii: "A") + value
        case 26..<52: return UInt8(ascii: "a") + value - 26
        case 52..<62: return UInt8(ascii: "0") + value - 52
        case 62: return UInt8(ascii: "+")
        default: return UInt8(ascii: "/")
        }
    }

    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
