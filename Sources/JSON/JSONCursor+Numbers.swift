extension JSONCursor {
    /// Takes the number under the cursor: no leading zeros, digits on both sides of a point, digits in an exponent, and
    /// a magnitude that a double can hold.
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
        // Below 10^308 no number overflows; only what may be larger is worth a conversion here.
        if wholeDigits + exponent > 308, !JSONNumber.double(range, in: bytes).isFinite {
            throw failure(.numberOutOfRange, at: start)
        }
        advance(to: index)
        return token(kind, from: start)
    }

    /// The index after one or more digits.
    @inline(__always)
    private func digits(at start: Int) throws(JSONError) -> Int {
        var index = start
        while let byte = byte(at: index), byte.isDigit { index += 1 }
        if index > start { return index }
        throw failure(start < bytes.count ? .malformedNumber : .unexpectedEnd, at: start)
    }

    /// An exponent, held at a value that is beyond every double already.
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
