import JSON
import Testing

/// Plain text is scanned eight bytes at a time; special bytes must be found at every position.
@Suite("JSON plain text") struct PlainTextTests {
    private func quoted(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": #"\""#
        case "\\": #"\\"#
        case "\u{8}": #"\b"#
        case "\t": #"\t"#
        case "\n": #"\n"#
        case "\u{c}": #"\f"#
        case "\r": #"\r"#
        case " "..<"\u{7f}": String(scalar)
        default: #"\u00"# + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
        }
    }

    @Test("every ASCII character at every position of texts up to 20 characters", arguments: 0...127)
    func everyPlace(value: UInt8) throws {
        let scalar = Unicode.Scalar(value)
        for length in 1...20 {
            for place in 0..<length {
                let before = String(repeating: "a", count: place)
                let after = String(repeating: "~", count: length - place - 1)
                let expected = "\"" + before + quoted(scalar) + after + "\""
                let written = text(.spaced) { $0.string(before + String(scalar) + after) }
                if written != expected { Issue.record("\(written) is not \(expected)") }
                if try parse(written) != .string(before + String(scalar) + after) {
                    Issue.record("\(written) reads badly")
                }
                let bare = try? parse("\"" + before + String(scalar) + after + "\"")
                let mayStandBare = value >= 0x20 && scalar != "\"" && scalar != "\\"
                if (bare != nil) != mayStandBare { Issue.record("\(value) bare at \(place) of \(length)") }
            }
        }
    }

    @Test("of two errors in one word the first is reported")
    func first() throws {
        for first in 0..<8 {
            for second in (first + 1)..<9 {
                var bytes = Array("\"abcdefghijklmnop\"".utf8)
                bytes[1 + first] = 0x01
                bytes[1 + second] = 0xFF
                let error = thrownError { try JSONValue(parsing: bytes) }
                #expect(error?.reason == .controlCharacter)
                #expect(error?.offset == 1 + first)
                bytes[1 + first] = 0xFF
                bytes[1 + second] = 0x01
                #expect(thrownError { try JSONValue(parsing: bytes) }?.reason == .invalidUTF8)
            }
        }
    }
}
