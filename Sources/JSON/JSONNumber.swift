/// Turns the text of a number that has been checked into a value.
enum JSONNumber {
    /// Nil when the text has a fraction or an exponent, or lies outside of 64 bits.
    static func integer(_ range: Range<Int>, in bytes: JSONBytes) -> Int64? {
        var index = range.lowerBound
        let isNegative = index < range.upperBound && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        // Counted below zero, where there is room for one more.
        var value: Int64 = 0
        if range.upperBound - index <= 18 {
            while index < range.upperBound {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value &* 10 &- Int64(digit)
                index += 1
            }
            return isNegative ? value : -value
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

    /// The nearest double. Where the digits fit into 53 bits and the power of ten is itself exact, one multiplication or
    /// division gives it without error; everything else goes the standard library's slower, correct way.
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
                // An exponent may carry a plus sign, which no integer does.
                if bytes[index] == UInt8(ascii: "+") { index += 1 }
                guard let exponent = integer(index..<range.upperBound, in: bytes), exponent.magnitude < 1_000 else {
                    return slowDouble(bytes[range])
                }
                power += Int(exponent)
                break
            }
        }
        guard digitCount <= 18, digits <= 1 << 53, abs(power) < exactPowers.count else {
            return slowDouble(bytes[range])
        }
        let magnitude = power < 0 ? Double(digits) / exactPowers[-power] : Double(digits) * exactPowers[power]
        return isNegative ? -magnitude : magnitude
    }

    @inline(never)
    private static func slowDouble(_ text: UnsafeBufferPointer<UInt8>) -> Double {
        // Text that has been checked is text the standard library reads, so there is always a value.
        Double(String(decoding: text, as: UTF8.self)) ?? .nan
    }

    /// All the powers of ten that a double holds without error.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
