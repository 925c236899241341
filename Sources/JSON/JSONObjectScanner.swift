/// Walks over the members of one object without building anything: for datagrams, which come a thousand times a
/// second. Each member is checked as strictly as the tree reader checks it, with everything nested in it.
///
///     var scanner = try JSONObjectScanner(datagram)
///     while let member = try scanner.next() {
///         if scanner.isText(member.key, "bpm") { bpm = scanner.double(member.value) }
///     }
///
/// The object has been accepted only when `next()` has returned nil: an error may wait behind the last member.
/// A key that comes twice is reported twice; whoever wants the last value takes the last.
package struct JSONObjectScanner {
    private var cursor: JSONCursor
    private var state = State.beforeFirst

    private enum State {
        case beforeFirst
        case afterMember
        case finished
    }

    package init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        cursor = try JSONCursor(bytes, limits: limits)
        if cursor.current != UInt8(ascii: "{") {
            // What is no JSON at all is told apart from JSON of another kind.
            let start = cursor.position
            _ = try cursor.value(depth: 0)
            try cursor.finish()
            throw cursor.failure(.notAnObject, at: start)
        }
    }

    package init(_ bytes: [UInt8], limits: JSONLimits = .datagram) throws(JSONError) {
        try self.init(bytes[...], limits: limits)
    }

    /// The next member, or nil after the last one, when nothing but space follows the object.
    package mutating func next() throws(JSONError) -> JSONMember? {
        let hasMember =
            switch state {
            case .beforeFirst: try cursor.enter(depth: 0, closing: UInt8(ascii: "}"))
            case .afterMember: try cursor.another(closing: UInt8(ascii: "}"))
            case .finished: false
            }
        guard hasMember else {
            if state != .finished {
                state = .finished
                try cursor.finish()
            }
            return nil
        }
        state = .afterMember
        let key = try cursor.key()
        return JSONMember(key: key, value: try cursor.value(depth: 1))
    }
}

/// What a token says. Each answers nil when the token is of another kind.
extension JSONObjectScanner {
    /// The bytes of a value as they came.
    package func raw(_ token: JSONToken) -> ArraySlice<UInt8> { cursor.bytes[token.range] }

    /// The bytes of a whole member, `"key": value`, as they came.
    package func raw(_ member: JSONMember) -> ArraySlice<UInt8> { cursor.bytes[member.range] }

    /// Whether a key or string is this text, however it was escaped.
    package func isText(_ token: JSONToken, _ text: StaticString) -> Bool {
        guard token.kind == .string else { return false }
        if token.isEscaped {
            return JSONText.unescape(cursor.bytes[token.content]).elementsEqual(Self.bytes(of: text))
        }
        let content = token.content
        guard content.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for index in text.indices where text[index] != cursor.bytes[content.lowerBound + index] { return false }
            return true
        }
    }

    package func string(_ token: JSONToken) -> String? {
        guard token.kind == .string else { return nil }
        return JSONText.decode(cursor.bytes[token.content], isEscaped: token.isEscaped)
    }

    /// A number without fraction and exponent that fits.
    package func integer(_ token: JSONToken) -> Int64? {
        token.kind == .integer ? JSONNumber.integer(cursor.bytes[token.range]) : nil
    }

    /// Any number.
    package func double(_ token: JSONToken) -> Double? {
        token.isNumber ? JSONNumber.double(cursor.bytes[token.range]) : nil
    }

    package func boolean(_ token: JSONToken) -> Bool? {
        token.kind == .boolean ? cursor.bytes[token.range.lowerBound] == UInt8(ascii: "t") : nil
    }

    private static func bytes(of text: StaticString) -> [UInt8] {
        text.withUTF8Buffer { Array($0) }
    }
}
