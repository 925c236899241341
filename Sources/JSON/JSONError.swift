/// Why a document was refused, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The raw value is a stable name for counters.
    package enum Reason: String, CaseIterable, Sendable {
        case empty
        case unexpectedEnd = "unexpected_end"
        case unexpectedCharacter = "unexpected_character"
        case trailingContent = "trailing_content"
        case byteOrderMark = "byte_order_mark"
        case notANumber = "not_a_number"
        case malformedNumber = "malformed_number"
        case numberOutOfRange = "number_out_of_range"
        case invalidUTF8 = "invalid_utf8"
        case loneSurrogate = "lone_surrogate"
        case controlCharacter = "control_character"
        case malformedEscape = "malformed_escape"
        case notAnObject = "not_an_object"
        case tooDeep = "too_deep"
        case tooManyBytes = "too_many_bytes"
        case stringTooLong = "string_too_long"
        case tooManyMembers = "too_many_members"
        case numberTooLong = "number_too_long"
    }

    package let reason: Reason
    /// Bytes before the place.
    package let offset: Int
    /// Counted from 1; a line ends with a line feed.
    package let line: Int
    /// Counted from 1, in Unicode scalars.
    package let column: Int

    package var description: String {
        "\(reason.sentence) (line \(line), column \(column), byte \(offset))"
    }

    package init(_ reason: Reason, offset: Int, line: Int, column: Int) {
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// Finds the line and column by counting up to the place: only a refused document pays for that.
    init(_ reason: Reason, at offset: Int, in bytes: JSONBytes) {
        var line = 1
        var column = 1
        for byte in bytes[0..<min(offset, bytes.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(reason, offset: offset, line: line, column: column)
    }
}

extension JSONError.Reason {
    fileprivate var sentence: String {
        switch self {
        case .empty: "there is no JSON here"
        case .unexpectedEnd: "the JSON ends too early"
        case .unexpectedCharacter: "this character cannot stand here"
        case .trailingContent: "something follows the end of the JSON"
        case .byteOrderMark: "JSON does not begin with a byte order mark"
        case .notANumber: "JSON has no NaN and no Infinity"
        case .malformedNumber: "this is not how JSON writes a number"
        case .numberOutOfRange: "the number is too large for a double"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .loneSurrogate: "half of a surrogate pair is missing"
        case .controlCharacter: "a control character in a string must be escaped"
        case .malformedEscape: "JSON does not know this escape"
        case .notAnObject: "an object is expected here"
        case .tooDeep: "arrays and objects are nested too deeply"
        case .tooManyBytes: "the document is too large"
        case .stringTooLong: "the string is too long"
        case .tooManyMembers: "there are too many members and elements"
        case .numberTooLong: "the number has too many digits"
        }
    }
}
