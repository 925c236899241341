/// Converts the text of a validated number.
enum JSONNumber {
    /// Nil if the text has a fraction or an exponent, or exceeds 64 bits.
    static func integer(_ range: Range<Int>, in bytes: JSONBytes) -> Int64? {
        var index = range.lowerBound
        let isNegative = index < range.upperBound && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        // Accumulated as a negative number, whose range is larger by one. The first 18 digits cannot overflow.
        var value: Int64 = 0
        let short = min(range.upperBound, index + 18)
        while index < short {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &- Int64(digit)
            index += 1
        }
        while index < range.upperBound {
            guard bytes[index].isDigit else { return nil }
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(bytes[index] - UInt8(ascii: "0"))
            let (sum, sumOverflow) = product.subtractingReportingOverflow(digit)
            if productOverflow || sumOverflow { return nil }
            value = sum
            index += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The nearest Double. The standard library converts numbers with very many digits or a large exponent.
    static func double(_ range: Range<Int>, in bytes: JSONBytes) -> Double {
        var digits: UInt64 = 0
        var digitCount = 0
        var power = 0
        var index = range.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var isFraction = false
        while index < range.upperBound {
            let byte = bytes[index]
            index += 1
            if byte.isDigit {
                digits = digits &* 10 &+ UInt64(byte & 0x0F)
                digitCount += digits == 0 ? 0 : 1
                power -= isFraction ? 1 : 0
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                // Unlike an integer, an exponent may have a plus sign.
                if bytes[index] == UInt8(ascii: "+") { index += 1 }
                guard let exponent = integer(index..<range.upperBound, in: bytes), exponent.magnitude < 1_000 else {
                    return slowDouble(bytes[range])
                }
                power += Int(exponent)
                break
            }
        }
        guard digitCount <= maximumDigits, let magnitude = nearest(digits, power: power) else {
            return slowDouble(bytes[range])
        }
        return isNegative ? -magnitude : magnitude
    }

    /// So many digits fit into 64 bits.
    static let maximumDigits = 19

    /// The Double nearest to `digits` times a power of ten; nil for a power that is not supported. If the digits fit into 53 bits
    /// and the power is exact, one multiplication or division is exact, too.
    @inline(__always)
    static func nearest(_ digits: UInt64, power: Int) -> Double? {
        if digits <= 1 << 53, abs(power) < exactPowers.count {
            return power < 0 ? Double(digits) / exactPowers[-power] : Double(digits) * exactPowers[power]
        }
        return digits > 0 && power <= 0 && -power < reciprocals.count ? quotient(digits, power: power) : nil
    }

    /// The method of Eisel and Lemire ("Number parsing at a gigabyte per second", 2021): the upper bits of the product with a
    /// reciprocal of 128 bits decide the rounding, for these powers always.
    private static func quotient(_ digits: UInt64, power: Int) -> Double {
        let shift = digits.leadingZeroBitCount
        let normalised = digits << UInt64(shift)
        let reciprocal = reciprocals[-power]
        var (high, low) = normalised.multipliedFullWidth(by: reciprocal.high)
        if high & 0x1FF == 0x1FF {
            let (sum, overflow) = low.addingReportingOverflow(
                normalised.multipliedFullWidth(by: reciprocal.low).high)
            low = sum
            high += overflow ? 1 : 0
        }
        let upperBit = high >> 63
        let excess = upperBit + 9
        var significand = high >> excess
        var exponent = ((217_706 * power) >> 16) + 63 + Int(upperBit) - shift + 1_023
        // Halfway between two numbers the even one is the nearest.
        if low <= 1, power >= -4, significand & 3 == 1, significand << excess == high { significand &= ~1 }
        significand = (significand + (significand & 1)) >> 1
        if significand >= 1 << 53 {
            significand = 1 << 52
            exponent += 1
        }
        return Double(bitPattern: UInt64(exponent) << 52 | significand & (1 << 52 - 1))
    }

    /// The reciprocals of the powers of five that fit into 64 bits, rounded up and normalised to 128 bits.
    private static let reciprocals: [(high: UInt64, low: UInt64)] = {
        var power: UInt64 = 1
        return (0...27).map { exponent in
            defer { if exponent < 27 { power *= 5 } }
            // One is a power of two, whose reciprocal needs no rounding.
            guard exponent > 0 else { return (1 << 63, 0) }
            let bits = UInt64(64 - (power - 1).leadingZeroBitCount)
            // 2^(bits + 127) divided by the power, in two steps.
            let (high, rest) = power.dividingFullWidth((1 << (bits - 1), 0))
            let (low, _) = power.dividingFullWidth((rest, 0))
            let (sum, overflow) = low.addingReportingOverflow(1)
            return (high + (overflow ? 1 : 0), sum)
        }
    }()

    @inline(never)
    private static func slowDouble(_ text: UnsafeBufferPointer<UInt8>) -> Double {
        // The standard library accepts every validated number.
        Double(String(decoding: text, as: UTF8.self)) ?? .nan
    }

    /// All powers of ten that a Double represents exactly.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

/// A number of at most 19 digits after leading zeros, and no exponent.
package struct JSONDecimal {
    let digits: UInt64
    /// How many of the digits are behind the point.
    let decimals: Int
    let isNegative: Bool

    /// Nil with more decimals than are converted here.
    package var double: Double? {
        JSONNumber.nearest(digits, power: -decimals).map { isNegative ? -$0 : $0 }
    }

    /// Nil with a fraction, or beyond 64 bits.
    package var integer: Int64? {
        guard decimals == 0 else { return nil }
        guard isNegative else { return Int64(exactly: digits) }
        return digits <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- digits) : nil
    }
}

/// Compares text, and converts the content of a validated string.
enum JSONText {
    /// Whether two texts of the same length have the same bytes; eight are compared at a time.
    @inline(__always)
    static func isSame(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        let (one, other) = (UnsafeRawBufferPointer(one), UnsafeRawBufferPointer(other))
        precondition(one.count == other.count, "texts of different lengths")
        func areSame<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type, at offset: Int) -> Bool {
            one.loadUnaligned(fromByteOffset: offset, as: Word.self)
                == other.loadUnaligned(fromByteOffset: offset, as: Word.self)
        }
        let count = one.count
        if count >= 8 {
            var offset = 0
            while offset + 8 <= count {
                if !areSame(UInt64.self, at: offset) { return false }
                offset += 8
            }
            // The last bytes are compared together with some that were compared before.
            return offset == count || areSame(UInt64.self, at: count - 8)
        }
        if count >= 4 { return areSame(UInt32.self, at: 0) && areSame(UInt32.self, at: count - 4) }
        for offset in 0..<count where !areSame(UInt8.self, at: offset) { return false }
        return true
    }

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
