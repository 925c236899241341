extension JSONCursor {
    /// Reads a number: no leading zeros, digits on both sides of a point, digits in an exponent, and a magnitude within
    /// the range of Double.
    mutating func readNumber() throws(JSONError) -> JSONToken {
        let start = position
        var index = start
        var kind = JSONToken.Kind.integer
        if byte(at: index) == UInt8(ascii: "-") {
            index += 1
            if byte(at: index) == UInt8(ascii: "I") || byte(at: index) == UInt8(ascii: "N") {
                throw failure(.notANumber, at: start)
            }
        }
        let wholeStart = index
        index = try digits(at: index)
        let wholeDigits = index - wholeStart
        if wholeDigits > 1, bytes[wholeStart] == UInt8(ascii: "0") { throw failure(.malformedNumber, at: wholeStart) }
        if byte(at: index) == UInt8(ascii: ".") {
            kind = .fraction
            index = try digits(at: index + 1)
        }
        var exponent = 0
        if byte(at: index) == UInt8(ascii: "e") || byte(at: index) == UInt8(ascii: "E") {
            kind = .fraction
            index += 1
            let isNegative = byte(at: index) == UInt8(ascii: "-")
            if isNegative || byte(at: index) == UInt8(ascii: "+") { index += 1 }
            let exponentStart = index
            index = try digits(at: index)
            exponent = isNegative ? 0 : magnitude(of: exponentStart..<index)
        }
        let range = start..<index
        if range.count > limits.numberBytes { throw failure(.numberTooLong, at: start) }
        // Below 10^308 no number overflows, so only larger ones need a conversion here.
        if wholeDigits + exponent > 308, !JSONNumber.double(range, in: bytes).isFinite {
            throw failure(.numberOutOfRange, at: start)
        }
        advance(to: index)
        return token(kind, from: start)
    }

    /// Reads a number such as `-12.25` in one pass: at most 19 digits after leading zeros, and no exponent. Returns nil and stays where it is for any
    /// other value.
    @inline(__always)
    mutating func readDecimal() -> JSONDecimal? {
        var index = position
        let isNegative = byte(at: index) == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let first = index
        var digits: UInt64 = 0
        index = bytes.appendDigits(from: index, to: &digits)
        let whole = index - first
        guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else { return nil }
        var fraction = 0
        if byte(at: index) == UInt8(ascii: ".") {
            index += 1
            let point = index
            index = bytes.appendDigits(from: index, to: &digits)
            fraction = index - point
            guard fraction > 0 else { return nil }
        }
        guard byte(at: index) != UInt8(ascii: "e"), byte(at: index) != UInt8(ascii: "E"),
            index - position <= limits.numberBytes,
            whole + fraction <= JSONNumber.maximumDigits
                || whole + fraction - leadingZeros(from: first) <= JSONNumber.maximumDigits
        else { return nil }
        advance(to: index)
        return JSONDecimal(digits: digits, decimals: fraction, isNegative: isNegative)
    }

    /// The zeros before the first other digit of a number.
    private func leadingZeros(from start: Int) -> Int {
        var (index, zeros) = (start, 0)
        while let byte = byte(at: index), byte == UInt8(ascii: "0") || byte == UInt8(ascii: ".") {
            zeros += byte == UInt8(ascii: "0") ? 1 : 0
            index += 1
        }
        return zeros
    }

    /// Reads and converts a number such as `-12.25`. Returns nil and stays where it is for any other value.
    mutating func readShortNumber() -> Double? {
        let start = position
        guard let decimal = readDecimal() else { return nil }
        if let number = decimal.double { return number }
        advance(to: start)
        return nil
    }

    /// The index after one or more digits.
    @inline(__always)
    private func digits(at start: Int) throws(JSONError) -> Int {
        var index = start
        while let byte = byte(at: index), byte.isDigit { index += 1 }
        if index > start { return index }
        throw failure(start < bytes.count ? .malformedNumber : .unexpectedEnd, at: start)
    }

    /// The exponent, capped at a value that exceeds the range of Double.
    private func magnitude(of digits: Range<Int>) -> Int {
        var value = 0
        for index in digits where value < 10_000 {
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return value
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
}

extension JSONCursor {
    /// Reads a string at its opening quote: valid UTF-8, no unescaped control characters, valid escapes, surrogates
    /// only in pairs.
    mutating func readString() throws(JSONError) -> JSONToken {
        let start = position
        var isEscaped = false
        var index = start + 1
        while true {
            index = bytes.endOfPlainText(from: index)
            guard let byte = byte(at: index) else { throw failure(.unexpectedEnd, at: index) }
            if byte == UInt8(ascii: "\"") {
                if index - start - 1 > limits.stringBytes { throw failure(.stringTooLong, at: start) }
                advance(to: index + 1)
                return token(.string, from: start, isEscaped: isEscaped)
            }
            if byte >= 0x80 {
                index += try lengthOfScalar(at: index)
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                index += try lengthOfEscape(at: index)
            } else if byte < 0x20 {
                throw failure(.controlCharacter, at: index)
            } else {
                index += 1
            }
        }
    }

    /// The length of the scalar whose first byte (0x80 or more) is at `index`. The ranges are those of RFC 3629: no
    /// overlong forms, no surrogates, nothing above U+10FFFF.
    private func lengthOfScalar(at index: Int) throws(JSONError) -> Int {
        let first = bytes[index]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw failure(.invalidUTF8, at: index)
            }
        for offset in 1..<length {
            guard let byte = byte(at: index + offset) else { throw failure(.unexpectedEnd, at: index + offset) }
            guard offset == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else {
                throw failure(.invalidUTF8, at: index)
            }
        }
        return length
    }

    /// The length of the escape whose backslash is at `index`; a surrogate pair counts as one escape.
    private func lengthOfEscape(at index: Int) throws(JSONError) -> Int {
        guard let kind = byte(at: index + 1) else { throw failure(.unexpectedEnd, at: index + 1) }
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            let unit = try hexadecimalUnit(at: index + 2)
            if unit & 0xF800 != 0xD800 { return 6 }
            guard unit < 0xDC00 else { throw failure(.loneSurrogate, at: index) }
            for (offset, expected) in [(6, UInt8(ascii: "\\")), (7, UInt8(ascii: "u"))] {
                guard let byte = byte(at: index + offset) else { throw failure(.unexpectedEnd, at: index + offset) }
                guard byte == expected else { throw failure(.loneSurrogate, at: index) }
            }
            guard try hexadecimalUnit(at: index + 8) & 0xFC00 == 0xDC00 else {
                throw failure(.loneSurrogate, at: index)
            }
            return 12
        default:
            throw failure(.malformedEscape, at: index)
        }
    }

    private func hexadecimalUnit(at index: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for offset in 0..<4 {
            guard let byte = byte(at: index + offset) else { throw failure(.unexpectedEnd, at: index + offset) }
            guard let digit = byte.hexadecimalDigit else { throw failure(.malformedEscape, at: index - 2) }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}

extension UInt8 {
    var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
