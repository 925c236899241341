/// Whoever holds the bytes that tokens point into can say what they mean. Each question is answered with nil when the
/// token is of another kind. A token means nothing to the bytes of another document.
@usableFromInline
package protocol JSONTokenSource {
    var bytes: ArraySlice<UInt8> { get }
}

extension JSONTokenSource {
    /// The bytes of a value as they came.
    @inlinable package func raw(_ token: JSONToken) -> ArraySlice<UInt8> { bytes[token.range] }

    /// Whether a key or string is this text, however it was escaped.
    @inlinable package func isText(_ token: JSONToken, _ text: StaticString) -> Bool {
        // Most comparisons end here, with the length.
        if !token.isEscaped, token.range.count != text.utf8CodeUnitCount + 2 { return false }
        return token.isText(text, in: bytes)
    }

    @inlinable package func string(_ token: JSONToken) -> String? { token.string(in: bytes) }

    /// A number without fraction and exponent that fits into 64 bits.
    @inlinable package func integer(_ token: JSONToken) -> Int64? { token.integer(in: bytes) }

    /// Any number.
    @inlinable package func double(_ token: JSONToken) -> Double? { token.double(in: bytes) }

    @inlinable package func boolean(_ token: JSONToken) -> Bool? { token.boolean(in: bytes) }
}
