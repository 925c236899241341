/// Reads a document in one pass and without building a tree, for large messages that arrive often: the members of an object
/// and the elements of an array are visited as they are read.
///
///     try JSONReader.read(bytes, limits: limits) { reader throws(JSONError) in
///         isObject = try reader.object { reader, key throws(JSONError) in
///             if reader.isText(key, "time") { time = reader.integer(try reader.value()) }
///         }
///     }
///
/// A value that a visitor does not read is validated and skipped. What was visited counts only once `read` has returned: an
/// error may follow.
package struct JSONReader {
    /// Borrowed: a reader must not outlive the call of `read`.
    private var cursor: JSONCursor
    private var depth = 0

    private init(_ cursor: JSONCursor) {
        self.cursor = cursor
    }

    package static func read(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits, _ body: (inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try bytes.withJSONBytes { lent throws(JSONError) in
            var reader = JSONReader(JSONCursor(lent, base: 0, limits: limits))
            try reader.cursor.start()
            try body(&reader)
            try reader.cursor.finish()
        }
    }

    /// Reads the value under the cursor as a whole.
    package mutating func value() throws(JSONError) -> JSONToken {
        try cursor.readValue(depth: depth)
    }

    /// Visits the members of the object under the cursor. A value of another kind is skipped, and the result is false.
    package mutating func object(
        _ visit: (inout JSONReader, JSONToken) throws(JSONError) -> Void
    ) throws(JSONError) -> Bool {
        guard cursor.current == UInt8(ascii: "{") else {
            _ = try value()
            return false
        }
        guard try cursor.enter(depth: depth, closing: UInt8(ascii: "}")) else { return true }
        depth += 1
        repeat {
            let key = try cursor.readKey()
            let start = cursor.position
            try visit(&self, key)
            if cursor.position == start { _ = try value() }
        } while try cursor.advanceToNext(closing: UInt8(ascii: "}"))
        depth -= 1
        return true
    }

    /// Visits the elements of the array under the cursor. A value of another kind is skipped, and the result is false.
    package mutating func array(_ visit: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) -> Bool {
        guard cursor.current == UInt8(ascii: "[") else {
            _ = try value()
            return false
        }
        guard try cursor.enter(depth: depth, closing: UInt8(ascii: "]")) else { return true }
        depth += 1
        repeat {
            let start = cursor.position
            try visit(&self)
            if cursor.position == start { _ = try value() }
        } while try cursor.advanceToNext(closing: UInt8(ascii: "]"))
        depth -= 1
        return true
    }

    /// Reads a number such as `-12.25`. Returns nil and stays where it is for any other value, very long numbers among them.
    package mutating func shortNumber() -> Double? { cursor.readShortNumber() }

    /// Reads a value for the second time.
    package func reread<Result>(
        _ range: Range<Int>, _ body: (inout JSONReader) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        var reader = JSONReader(JSONCursor(cursor.bytes, base: 0, limits: cursor.limits))
        reader.cursor.advance(to: range.lowerBound)
        return try body(&reader)
    }

    // MARK: Patterns

    /// Where an object begins that may become a pattern.
    package struct Mark {
        fileprivate let place: JSONCursor.Place
    }

    package var mark: Mark { Mark(place: cursor.place) }

    package mutating func reset(to mark: Mark) { cursor.place = mark.place }

    /// The object that was read since the mark, as a pattern with these numbers. Nil if one of them is outside of it or in
    /// another, or for a long object.
    /// - Parameter integer: which of them is an integer.
    package func pattern(since mark: Mark, _ numbers: [Range<Int>], integer: Int) -> JSONPattern? {
        JSONPattern(
            cursor.bytes, from: mark.place.position, to: cursor.position,
            members: cursor.place.members - mark.place.members, depth: depth, numbers, integer: integer)
    }

    /// Reads an object that follows the pattern, which may be from another document with the same limits. Returns nil and stays
    /// where it is for any other value.
    package mutating func numbers(in pattern: JSONPattern) -> JSONPattern.Numbers? {
        // Deeper than in its own document, the pattern may exceed the limit.
        depth <= pattern.depth ? cursor.readNumbers(in: pattern) : nil
    }

    /// Whether the text before the first number of a pattern is next: fails sooner than `numbers(in:)` does.
    package func isAtBeginning(of pattern: JSONPattern) -> Bool {
        cursor.bytes.patternScanner(at: cursor.position, numberBytes: 0).map(pattern.begins) ?? false
    }

    // MARK: Tokens

    /// Where the cursor is in the document.
    package var position: Int { cursor.position }

    /// Whether the document has the same bytes in both places.
    package func isSame(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        cursor.bytes.isSame(one, other)
    }

    package func isText(_ token: JSONToken, _ text: StaticString) -> Bool {
        guard token.kind == .string else { return false }
        if token.isEscaped { return string(token)?.utf8.elementsEqual(text.withUTF8Buffer { Array($0) }) ?? false }
        return cursor.bytes.isText(token.content, text)
    }

    package func string(_ token: JSONToken) -> String? {
        guard token.kind == .string else { return nil }
        let content = cursor.bytes[token.content]
        return token.isEscaped
            ? JSONText.decode(Array(content)[...], isEscaped: true) : String(decoding: content, as: UTF8.self)
    }

    package func boolean(_ token: JSONToken) -> Bool? {
        token.kind == .boolean ? cursor.bytes[token.range.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// A number without fraction or exponent that fits into 64 bits.
    package func integer(_ token: JSONToken) -> Int64? {
        token.kind == .integer ? JSONNumber.integer(token.range, in: cursor.bytes) : nil
    }

    /// Any number.
    package func double(_ token: JSONToken) -> Double? {
        token.isNumber ? JSONNumber.double(token.range, in: cursor.bytes) : nil
    }
}
