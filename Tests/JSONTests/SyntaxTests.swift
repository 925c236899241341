import JSON
import Testing

/// Documents that RFC 8259 accepts and rejects, as a table.
@Suite("JSON syntax") struct SyntaxTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", .null),
        ("true", .boolean(true)),
        ("false", .boolean(false)),
        (" \t\r\n null \t\r\n", .null),
        ("0", .integer(0)),
        ("-0", .integer(0)),
        ("7", .integer(7)),
        ("-12", .integer(-12)),
        ("123456789012345678", .integer(123_456_789_012_345_678)),
        ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("-9223372036854775809", .number(-0x1p63)),
        ("18446744073709551615", .number(0x1p64)),
        ("0.0", .number(0)),
        ("-0.0", .number(-0.0)),
        ("0.5", .number(0.5)),
        ("-0.25", .number(-0.25)),
        ("72.0", .number(72)),
        ("1e2", .number(100)),
        ("1E2", .number(100)),
        ("1e+2", .number(100)),
        ("1e-2", .number(0.01)),
        ("1e02", .number(100)),
        ("0e0", .number(0)),
        ("0e999999999999999999999", .number(0)),
        ("1.5e300", .number(1.5e300)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        ("2.2250738585072011e-308", .number(.leastNormalMagnitude.nextDown)),
        ("1e-999999999999999999999", .number(0)),
        ("123.456e-2", .number(1.23456)),
        ("0.1", .number(0.1)),
        ("9007199254740993.0", .number(9_007_199_254_740_992)),
        ("9007199254740993e0", .number(9_007_199_254_740_992)),
        ("3.141592653589793238462643383279", .number(3.141592653589793)),
        (#""""#, .string("")),
        (#""a b""#, .string("a b")),
        (#""\" \\ \/ \b \f \n \r \t""#, .string("\" \\ / \u{8} \u{c} \n \r \t")),
        (#""\u0041\u00e9\u20AC""#, .string("Aé€")),
        (#""\u0000""#, .string("\0")),
        (#""\ud83d\uDE00""#, .string("😀")),
        (#""\udbff\udfff""#, .string("\u{10FFFF}")),
        (#""\uFEFF\uffff""#, .string("\u{FEFF}\u{FFFF}")),
        (#""é€😀""#, .string("é€😀")),
        (
            "\"\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\"",
            .string("\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}")
        ),
        ("\"\u{2028}\u{2029}\"", .string("\u{2028}\u{2029}")),
        ("[]", .array([])),
        ("[ ]", .array([])),
        ("[1]", .array([.integer(1)])),
        (
            " [ 1 , 2.0 , \"x\" , null , true , [] , {} ] ",
            .array([.integer(1), .number(2), .string("x"), .null, .boolean(true), .array([]), .object(JSONObject())])
        ),
        ("[[[[1]]]]", .array([.array([.array([.array([.integer(1)])])])])),
        ("{}", .object(JSONObject())),
        ("{\n}", .object(JSONObject())),
        (#"{"a":1}"#, .object(["a": .integer(1)])),
        (#"{ "a" : { "b" : [ ] } , "" : null }"#, .object(["a": .object(["b": .array([])]), "": .null])),
        (#"{"\u0061":1}"#, .object(["a": .integer(1)])),
        (#"{"a":1,"b":2,"a":3}"#, .object(["a": .integer(3), "b": .integer(2)])),
    ]

    @Test("accepts valid documents", arguments: accepted)
    func accepts(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    static let rejected: [(String, JSONError.Reason, Int)] = [
        ("", .empty, 0),
        (" \n ", .empty, 3),
        ("\u{FEFF}{}", .byteOrderMark, 0),
        ("nul", .unexpectedEnd, 3),
        ("nulL", .unexpectedCharacter, 3),
        ("nullx", .trailingContent, 4),
        ("True", .unexpectedCharacter, 0),
        ("TRUE", .unexpectedCharacter, 0),
        ("undefined", .unexpectedCharacter, 0),
        ("NaN", .notANumber, 0),
        ("Infinity", .notANumber, 0),
        ("-Infinity", .notANumber, 0),
        ("-NaN", .notANumber, 0),
        ("[NaN]", .notANumber, 1),
        ("nan", .unexpectedCharacter, 1),
        ("inf", .unexpectedCharacter, 0),
        ("+1", .unexpectedCharacter, 0),
        ("-", .unexpectedEnd, 1),
        ("--1", .malformedNumber, 1),
        ("-a", .malformedNumber, 1),
        ("01", .malformedNumber, 0),
        ("-01", .malformedNumber, 1),
        ("00", .malformedNumber, 0),
        (".5", .unexpectedCharacter, 0),
        ("5.", .unexpectedEnd, 2),
        ("[5.]", .malformedNumber, 3),
        ("5.e3", .malformedNumber, 2),
        ("1e", .unexpectedEnd, 2),
        ("1e+", .unexpectedEnd, 3),
        ("[1e]", .malformedNumber, 3),
        ("1e1.5", .trailingContent, 3),
        ("1.2.3", .trailingContent, 3),
        ("0x10", .trailingContent, 1),
        ("1_000", .trailingContent, 1),
        ("1 000", .trailingContent, 2),
        ("1,5", .trailingContent, 1),
        ("1f", .trailingContent, 1),
        ("1e400", .numberOutOfRange, 0),
        ("-1e400", .numberOutOfRange, 0),
        ("1.8e308", .numberOutOfRange, 0),
        ("[1, 1e999999999999999999999]", .numberOutOfRange, 4),
        ("１", .invalidUTF8, 0),
        ("'a'", .unexpectedCharacter, 0),
        ("\"", .unexpectedEnd, 1),
        ("\"abc", .unexpectedEnd, 4),
        ("\"a\nb\"", .controlCharacter, 2),
        ("\"a\tb\"", .controlCharacter, 2),
        ("\"\0\"", .controlCharacter, 1),
        ("\"\u{1f}\"", .controlCharacter, 1),
        (#""\"#, .unexpectedEnd, 2),
        (#""\x41""#, .malformedEscape, 1),
        (#""\'""#, .malformedEscape, 1),
        (#""\a""#, .malformedEscape, 1),
        (#""\0""#, .malformedEscape, 1),
        (#""\U0041""#, .malformedEscape, 1),
        (#""\u""#, .malformedEscape, 1),
        (#""\u00""#, .malformedEscape, 1),
        (#""\u00g0""#, .malformedEscape, 1),
        (#""\u+123""#, .malformedEscape, 1),
        (#""\u00"#, .unexpectedEnd, 5),
        (#""\ud800""#, .loneSurrogate, 1),
        (#""x\udc00""#, .loneSurrogate, 2),
        (#""\ud800x""#, .loneSurrogate, 1),
        (#""\ud800\n""#, .loneSurrogate, 1),
        (#""\ud800\u0041""#, .loneSurrogate, 1),
        (#""\ud800\ud800""#, .loneSurrogate, 1),
        (#""\udc00\ud800""#, .loneSurrogate, 1),
        (#""\ud83d\ude0""#, .malformedEscape, 7),
        ("[", .unexpectedEnd, 1),
        ("[1", .unexpectedEnd, 2),
        ("[1,", .unexpectedEnd, 3),
        ("[1,]", .unexpectedCharacter, 3),
        ("[,1]", .unexpectedCharacter, 1),
        ("[1,,2]", .unexpectedCharacter, 3),
        ("[1 2]", .unexpectedCharacter, 3),
        ("[1}", .unexpectedCharacter, 2),
        ("]", .unexpectedCharacter, 0),
        ("[]]", .trailingContent, 2),
        ("[1]x", .trailingContent, 3),
        ("[1] [2]", .trailingContent, 4),
        ("[\u{b}1]", .unexpectedCharacter, 1),
        ("[\u{c}1]", .unexpectedCharacter, 1),
        ("[\u{a0}1]", .invalidUTF8, 1),
        ("[1,\u{2028}2]", .invalidUTF8, 3),
        ("// c\n1", .unexpectedCharacter, 0),
        ("[1/**/]", .unexpectedCharacter, 2),
        ("# c", .unexpectedCharacter, 0),
        ("{", .unexpectedEnd, 1),
        ("{\"a\"", .unexpectedEnd, 4),
        ("{\"a\":", .unexpectedEnd, 5),
        ("{\"a\":1", .unexpectedEnd, 6),
        ("{\"a\":1,", .unexpectedEnd, 7),
        ("{\"a\":1,}", .unexpectedCharacter, 7),
        ("{,}", .unexpectedCharacter, 1),
        ("{\"a\"}", .unexpectedCharacter, 4),
        ("{\"a\" 1}", .unexpectedCharacter, 5),
        ("{\"a\"::1}", .unexpectedCharacter, 5),
        ("{\"a\":1 \"b\":2}", .unexpectedCharacter, 7),
        ("{a:1}", .unexpectedCharacter, 1),
        ("{'a':1}", .unexpectedCharacter, 1),
        ("{1:1}", .unexpectedCharacter, 1),
        ("{null:1}", .unexpectedCharacter, 1),
        ("{\"a\":1]", .unexpectedCharacter, 6),
        ("{}}", .trailingContent, 2),
        ("{}{}", .trailingContent, 2),
        ("{}\n{}", .trailingContent, 3),
        ("{}\0", .trailingContent, 2),
        ("\0", .unexpectedCharacter, 0),
    ]

    @Test("rejects invalid documents", arguments: rejected)
    func rejects(text: String, reason: JSONError.Reason, offset: Int) {
        let error = thrownError { try JSONValue(parsing: Array(text.utf8)) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    static let brokenText: [([UInt8], JSONError.Reason)] = [
        ([0x80], .invalidUTF8),
        ([0xBF], .invalidUTF8),
        ([0xC0, 0x80], .invalidUTF8),
        ([0xC1, 0xBF], .invalidUTF8),
        ([0xC3, 0x28], .invalidUTF8),
        ([0xE0, 0x9F, 0xBF], .invalidUTF8),
        ([0xE2, 0x28, 0xA1], .invalidUTF8),
        ([0xE2, 0x82, 0x28], .invalidUTF8),
        ([0xED, 0xA0, 0x80], .invalidUTF8),
        ([0xED, 0xBF, 0xBF], .invalidUTF8),
        ([0xF0, 0x8F, 0xBF, 0xBF], .invalidUTF8),
        ([0xF0, 0x28, 0x8C, 0xBC], .invalidUTF8),
        ([0xF0, 0x90, 0x80, 0x28], .invalidUTF8),
        ([0xF4, 0x90, 0x80, 0x80], .invalidUTF8),
        ([0xF5, 0x80, 0x80, 0x80], .invalidUTF8),
        ([0xF8, 0x88, 0x80, 0x80, 0x80], .invalidUTF8),
        ([0xFE], .invalidUTF8),
        ([0xFF], .invalidUTF8),
        ([0xC3], .invalidUTF8),
        ([0xE2, 0x82], .invalidUTF8),
    ]

    @Test("rejects invalid UTF-8", arguments: brokenText)
    func rejectsBrokenText(text: [UInt8], reason: JSONError.Reason) {
        for document in [[0x22] + text + [0x22], [0x7B, 0x22] + text + [0x22, 0x3A, 0x31, 0x7D]] {
            let error = thrownError { try JSONValue(parsing: document) }
            #expect(error?.reason == reason)
        }
    }

    @Test("accepts the same text as the standard library, for every two-byte and many longer sequences")
    func agreesWithStandardLibrary() {
        func check(_ bytes: [UInt8]) {
            guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else { return }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            let value = try? JSONValue(parsing: [0x22] + bytes + [0x22])
            if (value != nil) != isValid { Issue.record("\(bytes)") }
        }
        for first in UInt8(0x80)...0xFF {
            for second in UInt8.min...0xFF {
                check([first, second])
                check([first, second, 0x80])
                check([first, second, 0xBF, 0x80])
                check([first, second, 0x80, 0x7F])
            }
        }
    }

    @Test("reports the end of the input wherever it is truncated")
    func truncation() throws {
        let text = Array(#"{"a":[1,-2.5e+3,"x\n\ud83d\ude00é",true,false,null],"b":{"c":{}}}"#.utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
        for count in 1..<text.count {
            let error = thrownError { try JSONValue(parsing: text[..<count]) }
            #expect(error?.reason == .unexpectedEnd)
            #expect(error?.offset == count)
        }
    }

    @Test("a slice of a buffer reads as the same document")
    func slices() throws {
        let buffer = Array(#"xx{"a": [1, "b"]}yy"#.utf8)
        let value = try JSONValue(parsing: buffer[2..<buffer.count - 2])
        #expect(value.description == #"{"a":[1,"b"]}"#)
        let error = thrownError { try JSONValue(parsing: buffer[2...]) }
        #expect(error?.offset == 15)
    }
}
