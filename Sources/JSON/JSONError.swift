/// Why a document was rejected, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The raw value is the metric label.
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
    /// Bytes before the error.
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

    /// Computes line and column from the start of the document, which only happens for rejected documents.
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
        case .empty: "empty document"
        case .unexpectedEnd: "unexpected end of the document"
        case .unexpectedCharacter: "unexpected character"
        case .trailingContent: "unexpected content after the document"
        case .byteOrderMark: "a byte order mark is not allowed"
        case .notANumber: "NaN and Infinity are not allowed"
        case .malformedNumber: "malformed number"
        case .numberOutOfRange: "the number exceeds the range of a double"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .loneSurrogate: "unpaired surrogate"
        case .controlCharacter: "a control character in a string must be escaped"
        case .malformedEscape: "unknown escape sequence"
        case .notAnObject: "an object is expected"
        case .tooDeep: "arrays and objects are nested too deeply"
        case .tooManyBytes: "the document is too large"
        case .stringTooLong: "the string is too long"
        case .tooManyMembers: "there are too many members and elements"
        case .numberTooLong: "the number has too many digits"
        }
    }
}

/// Limits for everything that grows with the input, so that no sender controls how much memory or stack is used.
package struct JSONLimits: Hashable, Sendable {
    /// Nesting of arrays and objects. The reader is recursive, so `maximumDepth` caps this value.
    package var depth: Int {
        didSet { depth = min(depth, Self.maximumDepth) }
    }
    /// The whole document, in bytes.
    package var bytes: Int
    /// One string or key between its quotes, in bytes before unescaping.
    package var stringBytes: Int
    /// Members and elements of all objects and arrays together.
    package var members: Int
    /// One number, in characters including sign, point and exponent.
    package var numberBytes: Int

    package static let maximumDepth = 256

    package init(depth: Int, bytes: Int, stringBytes: Int, members: Int, numberBytes: Int) {
        self.depth = min(depth, Self.maximumDepth)
        self.bytes = bytes
        self.stringBytes = stringBytes
        self.members = members
        self.numberBytes = numberBytes
    }

    /// For a message from a client or a request body: short enough that reading one does not delay the events of others.
    package static let standard = Self(
        depth: 32, bytes: 65_536, stringBytes: 32_768, members: 4_096, numberBytes: 128)

    /// For a document that the gateway has written.
    package static let stored = Self(
        depth: 32, bytes: 1 << 20, stringBytes: 1 << 18, members: 1 << 16, numberBytes: 128)

    /// For one UDP datagram from a sensor.
    package static let datagram = Self(
        depth: 16, bytes: 65_507, stringBytes: 16_384, members: 512, numberBytes: 64)
}
