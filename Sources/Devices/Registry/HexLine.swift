/// Bytes as people write them down: pairs of hexadecimal digits, with or without `0x`, with spaces, commas, colons or
/// dashes between them if that pleases. What follows a `#` is a comment.
enum HexLine {
    /// Why a line cannot be read; the raw value is a sentence.
    enum ParseError: String, Error {
        case notHexadecimal = "only pairs of hexadecimal digits are read here, and # before a comment"
        case oddDigits = "half a byte: an odd number of digits stands together"
    }

    static func bytes(_ line: ArraySlice<UInt8>) throws(ParseError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.count / 2)
        var high: UInt8?
        var index = line.startIndex
        while index < line.endIndex, line[index] != UInt8(ascii: "#") {
            let character = line[index]
            index += 1
            if let digit = character.hexDigit {
                if let upper = high {
                    bytes.append(upper << 4 | digit)
                    high = nil
                } else if digit == 0, index < line.endIndex, line[index] | 0x20 == UInt8(ascii: "x") {
                    index += 1
                } else {
                    high = digit
                }
                continue
            }
            guard character.isHexSeparator else { throw .notHexadecimal }
            if high != nil { throw .oddDigits }
        }
        if high != nil { throw .oddDigits }
        return bytes
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    fileprivate var isHexSeparator: Bool {
        switch self {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ","), UInt8(ascii: ":"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
