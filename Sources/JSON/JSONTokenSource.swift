/// Whoever holds the bytes that tokens point into can say what they mean. Each question is answered with nil when the
/// token is of another kind. A token means nothing to the bytes of another document.
package protocol JSONTokenSource {
    var bytes: ArraySlice<UInt8> { get }
}

extension JSONTokenSource {
    /// The bytes of a value as they came.
    package func raw(_ token: JSONToken) -> ArraySlice<UInt8> { bytes[token.range] }

    /// Whether a key or string is this text, however it was escaped.
    package func isText(_ token: JSONToken, _ text: StaticString) -> Bool {
        guard token.kind == .string else { return false }
        let content = token.content
        if token.isEscaped {
            let unescaped = JSONText.unescape(bytes[content])
            return text.withUTF8Buffer { unescaped.elementsEqual($0) }
        }
        guard content.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for index in text.indices where text[index] != bytes[content.lowerBound + index] { return false }
            return true
        }
    }

    package func string(_ token: JSONToken) -> String? {
        guard token.kind == .string else { return nil }
        return JSONText.decode(bytes[token.content], isEscaped: token.isEscaped)
    }

    /// A number without fraction and exponent that fits into 64 bits.
    package func integer(_ token: JSONToken) -> Int64? {
        token.kind == .integer ? JSONNumber.integer(bytes[token.range]) : nil
    }

    /// Any number.
    package func double(_ token: JSONToken) -> Double? {
        token.isNumber ? JSONNumber.double(bytes[token.range]) : nil
    }

    package func boolean(_ token: JSONToken) -> Bool? {
        token.kind == .boolean ? bytes[token.range.lowerBound] == UInt8(ascii: "t") : nil
    }
}
