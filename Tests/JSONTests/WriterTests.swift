import JSON
import Testing

@Suite("JSON writer") struct WriterTests {
    private func writeSample(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("user", 1)
        writer.member("bpm", 72.0)
        writer.member("name", "Žofie \"Z\"")
        writer.key("list")
        writer.beginArray()
        writer.integer(-5)
        writer.boolean(true)
        writer.null()
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.string("x")
        writer.endArray()
        writer.key("inner")
        writer.beginObject()
        writer.member("a", false)
        writer.endObject()
        writer.member("raw", raw: Array("[1, 2]".utf8)[...])
        writer.endObject()
    }

    @Test("compact: no spaces, unescaped UTF-8")
    func compact() {
        #expect(
            text { writeSample(&$0) }
                == #"{"user":1,"bpm":72.0,"name":"Žofie \"Z\"","list":[-5,true,null,[],{},"x"],"inner":{"a":false},"raw":[1, 2]}"#
        )
    }

    @Test("spaced: the format of json.dumps")
    func spaced() {
        #expect(
            text(.spaced) { writeSample(&$0) }
                == #"{"user": 1, "bpm": 72.0, "name": "\u017dofie \"Z\"", "list": [-5, true, null, [], {}, "x"], "inner": {"a": false}, "raw": [1, 2]}"#
        )
    }

    /// Text, then the output of Python's json.dumps with and without ensure_ascii.
    static let texts: [(String, String, String)] = [
        ("", #""""#, #""""#),
        ("plain", #""plain""#, #""plain""#),
        ("/", #""/""#, #""/""#),
        ("\"\\", #""\"\\""#, #""\"\\""#),
        ("\u{8}\u{9}\u{a}\u{c}\u{d}", #""\b\t\n\f\r""#, #""\b\t\n\f\r""#),
        ("\u{0}\u{1}\u{b}\u{1f}", #""\u0000\u0001\u000b\u001f""#, #""\u0000\u0001\u000b\u001f""#),
        ("a\u{7f}b", #""a\u007fb""#, "\"a\u{7f}b\""),
        ("é", #""\u00e9""#, #""é""#),
        ("€uro", #""\u20acuro""#, #""€uro""#),
        ("a😀b", #""a\ud83d\ude00b""#, #""a😀b""#),
        ("\u{10FFFF}", #""\udbff\udfff""#, "\"\u{10FFFF}\""),
        ("\u{2028}", #""\u2028""#, "\"\u{2028}\""),
        ("e\u{301}", #""e\u0301""#, "\"e\u{301}\""),
    ]

    @Test("strings", arguments: texts)
    func strings(value: String, ascii: String, raw: String) {
        #expect(text(.spaced) { $0.string(value) } == ascii)
        #expect(text(.compactASCII) { $0.string(value) } == ascii)
        #expect(text(.compact) { $0.string(value) } == raw)
        #expect(
            text(.compact) {
                $0.beginObject(); $0.key(value); $0.null(); $0.endObject()
            } == "{\(raw):null}")
    }

    @Test("string literals are escaped in keys and values")
    func literals() {
        let written = text(.spaced) {
            $0.beginObject()
            $0.member("é\n", "\"😀\"")
            $0.member("a long key with a \"quote\"", "plain")
            $0.endObject()
        }
        #expect(written == #"{"\u00e9\n": "\"\ud83d\ude00\"", "a long key with a \"quote\"": "plain"}"#)
    }

    @Test("text of every length, with a special character at every place")
    func lengths() {
        let specials = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\u{7F}", "\u{7F}"), ("é", "é"),
        ]
        for length in 0..<40 {
            let plain = String("abcdefghijklmnopqrstuvwxyz0123456789-_. ".prefix(length))
            #expect(text { $0.string(plain) } == "\"\(plain)\"")
            #expect(
                text(.spaced) {
                    $0.beginObject(); $0.key(plain); $0.null(); $0.endObject()
                } == "{\"\(plain)\": null}")
            for place in 0..<length {
                for (special, escaped) in specials {
                    let (before, after) = (plain.prefix(place), plain.dropFirst(place + 1))
                    #expect(text { $0.string(before + special + after) } == "\"\(before)\(escaped)\(after)\"")
                    #expect(
                        text {
                            $0.beginObject(); $0.key(before + special + after); $0.null(); $0.endObject()
                        } == "{\"\(before)\(escaped)\(after)\":null}")
                }
            }
        }
    }

    @Test("literal keys of every length, in every style")
    func literalKeys() {
        let keys: [StaticString] = [
            "", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmno",
            "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnopqrstuvwxyz",
        ]
        func written(_ style: JSONStyle) -> String {
            text(style) {
                $0.beginObject()
                for key in keys { $0.member(key, key) }
                $0.endObject()
            }
        }
        #expect(written(.compact) == "{\(keys.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ","))}")
        #expect(written(.spaced) == "{\(keys.map { "\"\($0)\": \"\($0)\"" }.joined(separator: ", "))}")
    }

    @Test("digits of every number up to 100,000, and around every power of ten")
    func digits() {
        var numbers = [UInt64](0...100_000)
        numbers += [UInt64.max - 1, UInt64.max]
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            numbers += [power - 1, power, power + 1, power / 9, power / 7 * 6, power - power / 9]
        }
        for number in numbers {
            #expect(text { $0.integer(number) } == "\(number)")
            let fraction = number % 1_000_000_000
            let padded = String("00000000\(fraction)".suffix(9))
            #expect(text { $0.number(Double(fraction) / 1e9, decimals: 9) } == "0.\(padded)")
        }
    }

    @Test("integers of every width")
    func integers() {
        let written = text {
            $0.beginArray()
            $0.integer(0)
            $0.integer(UInt8.max)
            $0.integer(Int8.min)
            $0.integer(Int64.min)
            $0.integer(Int64.max)
            $0.integer(UInt64.max)
            $0.endArray()
        }
        #expect(written == "[0,255,-128,-9223372036854775808,9223372036854775807,18446744073709551615]")
    }

    @Test(
        "doubles: the shortest text, always with a fraction or an exponent; infinity and NaN become null",
        arguments: [
            (72.0, "72.0"), (0.0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (-1.5, "-1.5"), (15.67, "15.67"),
            (0.30000000000000004, "0.30000000000000004"), (1e16, "1e+16"),
            (9_999_999_999_999_998, "9999999999999998.0"),
            (1e-5, "1e-05"), (0.0001, "0.0001"),
            (1694629845.123, "1694629845.123"), (.leastNonzeroMagnitude, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
        ])
    func doubles(value: Double, expected: String) {
        #expect(text { $0.number(value) } == expected)
    }

    @Test(
        "fixed decimals round by the exact value, ties to even",
        arguments: [
            (0.0, 2, "0.00"), (-0.0, 2, "0.00"), (-0.001, 2, "0.00"), (5.2, 2, "5.20"), (15.67, 2, "15.67"),
            (2.675, 2, "2.67"), (1.115, 2, "1.11"), (1.005, 2, "1.00"), (0.125, 2, "0.12"), (0.375, 2, "0.38"),
            (-0.125, 2, "-0.12"), (0.5, 0, "0"), (1.5, 0, "2"), (2.5, 0, "2"), (72.0, 0, "72"), (99.999, 2, "100.00"),
            (0.0625, 3, "0.062"), (1.0, 9, "1.000000000"), (123456.789, 1, "123456.8"),
            (1e15, 2, "1000000000000000.0"), (.nan, 2, "null"), (-.infinity, 0, "null"),
        ])
    func fixedDecimals(value: Double, decimals: Int, expected: String) {
        #expect(text { $0.number(value, decimals: decimals) } == expected)
    }

    @Test("the buffer can be read, cleared and returned; the next document starts without a comma")
    func buffer() {
        var writer = JSONWriter(reservingCapacity: 64)
        writer.integer(1)
        #expect(Array(writer.bytes) == Array("1".utf8))
        writer.removeAll()
        writer.beginArray()
        writer.endArray()
        #expect(writer.finish() == Array("[]".utf8))
        #expect(writer.bytes.isEmpty)
        writer.boolean(false)
        #expect(Array(writer.bytes) == Array("false".utf8))
    }

    @Test("a caller can append the text of a string")
    func appendedStrings() {
        let written = text(.spaced) {
            $0.beginArray()
            for digit in UInt8(ascii: "1")...UInt8(ascii: "3") { $0.string { $0.append(digit) } }
            $0.string { _ in }
            $0.endArray()
        }
        #expect(written == #"["1", "2", "3", ""]"#)
    }

    @Test("grows as needed, in one step or in many")
    func growth() {
        let long = String(repeating: "x", count: 10_000)
        var writer = JSONWriter()
        for _ in 0..<3 {
            writer.beginArray()
            for _ in 0..<1_000 { writer.integer(1_234_567_890) }
            writer.string(long)
            writer.endArray()
            let expected = "[" + String(repeating: "1234567890,", count: 1_000) + "\"" + long + "\"]"
            #expect(String(decoding: writer.finish(), as: UTF8.self) == expected)
        }
    }

    @Test("a document can follow existing bytes")
    func appending() {
        var writer = JSONWriter(appendingTo: [0x81, 0x02])
        writer.beginObject()
        writer.endObject()
        #expect(Array(writer.bytes) == [0x81, 0x02, 0x7B, 0x7D])
    }
}
