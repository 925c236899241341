import Foundation
import JSON
import TestSupport
import Testing

/// Every number is read as the nearest Double, like in the standard library, and written so that it reads back
/// unchanged.
@Suite("JSON numbers") struct NumberTests {
    private func check(_ text: String) throws {
        let expected = try #require(Double(text))
        let value = try parse(text)
        if case .integer(let integer) = value {
            #expect(Int64(text) == integer || text == "-0")
            #expect(value.doubleValue == Double(integer))
        } else {
            #expect(value == .number(expected), "\(text)")
        }
        var scanner = try JSONObjectScanner(Array("{\"n\":\(text)}".utf8))
        let member = try #require(try scanner.next())
        #expect(scanner.double(member.value) == expected, "\(text)")
        try #expect(elements("[\(text),7]") == [expected, 7], "\(text)")
    }

    /// Read in one pass where that is possible.
    private func elements(_ text: String) throws -> [Double?] {
        var elements: [Double?] = []
        try JSONReader.read(Array(text.utf8)[...], limits: .standard) { reader throws(JSONError) in
            _ = try reader.array { reader throws(JSONError) in
                if let number = reader.shortNumber() {
                    elements.append(number)
                } else {
                    elements.append(reader.double(try reader.value()))
                }
            }
        }
        return elements
    }

    @Test("as many decimals as sensors send, halves, and zeros", arguments: [UInt64(5), 6])
    func manyDecimals(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for zeros in 1...30 { try check("0.\(String(repeating: "0", count: zeros))") }
        for _ in 0..<5_000 {
            try check("\(Double.random(in: -20...20, using: &random))")
            let decimals = String(repeating: "0", count: Int.random(in: 0...8, using: &random))
            try check("0.\(decimals)\(UInt64.random(in: 1...9_999_999_999_999_999_999, using: &random))")
            // Halfway between two numbers, and just beside.
            let half = UInt64.random(in: 1 << 53...1 << 54, using: &random) | 1
            try check("\(half).\(Int.random(in: 0...1, using: &random))")
            try check("\(half / 2)\(["0.5", "0.25", ".5", ".50000000001"].randomElement(using: &random) ?? "")")
        }
    }

    @Test(
        "what is no number is rejected in one pass, too",
        arguments: ["01", "-", "-01", "1.", "1.e3", ".5", "1e", "1.5e+", "--1", "1..2", "1.2.3", "+1", "1-", "0x1"])
    func rejects(text: String) {
        #expect(throws: JSONError.self) { try elements("[\(text)]") }
    }

    @Test("random digits, points and exponents", arguments: [UInt64(1), 2])
    func randomTexts(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            func digits(_ count: Int) -> String {
                (0..<count).map { _ in "\(Int.random(in: 0...9, using: &random))" }.joined()
            }
            var text = Bool.random(using: &random) ? "-" : ""
            text += "\(Int.random(in: 0...9, using: &random))"
            if text.last != "0" { text += digits(Int.random(in: 0...20, using: &random)) }
            if Bool.random(using: &random) { text += "." + digits(Int.random(in: 1...20, using: &random)) }
            if Bool.random(using: &random) { text += "e\(Int.random(in: -330...280, using: &random))" }
            try check(text)
        }
    }

    @Test("random doubles survive writing and reading", arguments: [UInt64(3), 4])
    func roundTrips(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            try #expect(parse(text { $0.number(value) }) == .number(value))
            let short = (value.remainder(dividingBy: 1_000) * 100).rounded() / 100
            try #expect(parse(text { $0.number(short) }) == .number(short))
        }
    }

    @Test(
        "the shortest decimal equals the standard library's", arguments: [UInt64(9), 10])
    func shortest(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var found = 0
        func check(_ value: Double) {
            let written = text { $0.number(value) }
            #expect(written == value.description)
            found += ShortestDecimal(value.magnitude) == nil ? 0 : 1
        }
        for _ in 0..<100_000 {
            let exponent = UInt(Int.random(in: -12...33, using: &random) + 1_023)
            let fraction = UInt64.random(in: 0..<1 << 52, using: &random)
            check(Double(sign: .plus, exponentBitPattern: exponent, significandBitPattern: fraction))
            let scale: Double = [10, 100, 1_000, 1e6, 1e9, 1e12].randomElement(using: &random) ?? 1
            let short = (Double.random(in: -300...300, using: &random) * scale).rounded() / scale
            for near in [short, short.nextUp, short.nextDown, short.nextUp.nextUp] where near.magnitude > 0.0001 {
                if near != near.rounded() { check(near) }
            }
        }
        // The fast path should cover nearly all measured values.
        #expect(found > 400_000)
        for exponent in -12...33 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            for near in [power.nextDown, power.nextUp] { check(near) }
        }
    }

    @Test("units of a decimal place are written like the nearest double", arguments: [UInt64(7), 8])
    func units(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            // Up to the year 2200 in microseconds, including round values.
            let round: Int64 = [1, 10, 1_000, 1_000_000].randomElement(using: &random) ?? 1
            let units = Int64.random(in: -7_258_118_400_000_000...7_258_118_400_000_000, using: &random) / round * round
            guard units.magnitude >= 100 else { continue }
            #expect(text { $0.number(units: units, decimals: 6) } == text { $0.number(Double(units) / 1e6) })
        }
        #expect(text { $0.number(units: 0, decimals: 6) } == "0.0")
        #expect(text { $0.number(units: -5, decimals: 1) } == "-0.5")
        #expect(text { $0.number(units: .max, decimals: 9) } == "9223372036.854775807")
        #expect(text { $0.number(units: .min, decimals: 3) } == "-9223372036854775.808")
    }

    @Test("fixed decimals equal those of the C library, except for the sign of zero", arguments: [UInt64(5), 6])
    func fixedDecimals(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let decimals = Int.random(in: 0...9, using: &random)
            var value = Double.random(in: -1e5...1e5, using: &random)
            // Include many ties and near-ties.
            if Bool.random(using: &random) { value = (value * 64).rounded() / 64 }
            if Bool.random(using: &random) { value = (value * 1_000).rounded() / 1_000 }
            var expected = String(format: "%.\(decimals)f", value)
            if expected.allSatisfy({ "-0.".contains($0) }) { expected = expected.replacing("-", with: "") }
            #expect(text { $0.number(value, decimals: decimals) } == expected)
        }
    }

    @Test("every power of ten, and values around the exact ones")
    func powersOfTen() throws {
        for exponent in -340...308 {
            for digits in ["1", "9007199254740991", "9007199254740992", "9007199254740993", "123456789012345678"]
            where exponent <= 290 || digits == "1" {
                try check("\(digits)e\(exponent)")
                try check("-\(digits).5e\(exponent)")
            }
        }
    }

    @Test("integers up to the limits of 64 bits, and beyond")
    func edges() throws {
        let edge = UInt64(Int64.max)
        for offset in UInt64(0)...3 {
            try check("\(edge - offset)")
            try check("\(edge + offset)")
            try check("-\(edge - offset)")
            try check("-\(edge + offset)")
        }
        for digits in 1...25 { try check(String(repeating: "9", count: digits)) }
    }

    @Test("rejects numbers above the range; numbers below it become zero")
    func overflow() throws {
        #expect(try parse("1e-400") == .number(0))
        #expect(try parse("1.7976931348623158e308") == .number(.greatestFiniteMagnitude))
        let wide = JSONLimits(depth: 1, bytes: 1_000, stringBytes: 0, members: 1, numberBytes: 1_000)
        #expect(try parse(String(repeating: "9", count: 308), limits: wide) == .number(1e308))
        for text in ["1.7976931348623159e308", "1e309", "-1e309", "0.1e310", String(repeating: "9", count: 309)] {
            let error = thrownError { try parse(text, limits: wide) }
            #expect(error?.reason == .numberOutOfRange)
            #expect(error?.offset == 0)
        }
        #expect(try parse("0.0000000001e310", limits: wide) == .number(1e300))
    }
}
