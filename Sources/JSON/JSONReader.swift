/// Reads a document in one pass and without building a tree, for large messages that arrive often: the members of an object
/// and the elements of an array are visited as they are read.
///
///     try JSONReader.read(bytes, limits: limits) { reader throws(JSONError) in
///         try reader.object { reader, key throws(JSONError) in
///             if reader.isText(key, "time") { time = reader.integer(try reader.value()) }
///         }
///     }
///
/// A value that a visitor does not read is validated and skipped. What was visited counts only once `read` has returned: an
/// error may follow.
package struct JSONReader {
    private let bytes: ArraySlice<UInt8>
    /// Borrowed: a reader must not outlive the call of `read`.
    private var cursor: JSONCursor
    private var depth = 0

    private init(_ bytes: ArraySlice<UInt8>, _ cursor: JSONCursor) {
        self.bytes = bytes
        self.cursor = cursor
    }

    package static func read<Result>(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits, _ body: (inout JSONReader) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try bytes.withJSONBytes { lent throws(JSONError) in
            var reader = JSONReader(bytes, JSONCursor(lent, base: bytes.startIndex, limits: limits))
            try reader.cursor.start()
            let result = try body(&reader)
            try reader.cursor.finish()
            return result
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

    // MARK: Tokens

    /// Where the cursor is, in the slice that is read.
    package var position: Int { bytes.startIndex + cursor.position }

    package func raw(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

    /// The byte at a position of the slice.
    package func byte(at position: Int) -> UInt8 { cursor.bytes[position - bytes.startIndex] }

    package func isText(_ token: JSONToken, _ text: StaticString) -> Bool {
        guard token.kind == .string, !token.isEscaped else { return token.isText(text, in: bytes) }
        let start = token.content.lowerBound - bytes.startIndex
        guard token.content.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            text.indices.allSatisfy { text[$0] == cursor.bytes[start + $0] }
        }
    }

    package func string(_ token: JSONToken) -> String? { token.string(in: bytes) }

    package func boolean(_ token: JSONToken) -> Bool? { token.boolean(in: bytes) }

    /// A number without fraction or exponent that fits into 64 bits.
    package func integer(_ token: JSONToken) -> Int64? {
        token.kind == .integer ? JSONNumber.integer(place(of: token), in: cursor.bytes) : nil
    }

    /// Any number.
    package func double(_ token: JSONToken) -> Double? {
        token.isNumber ? JSONNumber.double(place(of: token), in: cursor.bytes) : nil
    }

    private func place(of token: JSONToken) -> Range<Int> {
        token.range.lowerBound - bytes.startIndex..<token.range.upperBound - bytes.startIndex
    }
}
