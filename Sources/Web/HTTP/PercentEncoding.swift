/// Percent-decoding of paths and queries.
enum PercentEncoding {
    /// The decoded bytes, or nil if a `%` is not followed by two hexadecimal digits.
    static func decodeStrictly(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "%") else {
                decoded.append(text[index])
                index += 1
                continue
            }
            guard let byte = hexadecimalPair(in: text, at: index + 1) else { return nil }
            decoded.append(byte)
            index += 3
        }
        return decoded
    }

    /// The decoded form field: `+` is a space, and a `%` that begins nothing stands for itself.
    static func decodeFormField(_ text: ArraySlice<UInt8>) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), let byte = hexadecimalPair(in: text, at: index + 1) {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(text[index] == UInt8(ascii: "+") ? 0x20 : text[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexadecimalPair(in text: ArraySlice<UInt8>, at index: Int) -> UInt8? {
        guard index + 1 < text.endIndex, let high = text[index].hexadecimalDigit,
            let low = text[index + 1].hexadecimalDigit
        else { return nil }
        return high << 4 | low
    }
}
