/// A value that was found and validated but not converted: its kind and its position.
@usableFromInline
package struct JSONToken: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case null
        case boolean
        /// A number without fraction or exponent.
        case integer
        /// A number with a fraction or an exponent.
        case fraction
        case string
        case array
        case object
    }

    package let kind: Kind
    /// The string contains a backslash, so its bytes differ from its text.
    @usableFromInline package let isEscaped: Bool
    /// The position of the value in the slice, including quotes or brackets.
    @usableFromInline package let range: Range<Int>

    init(_ kind: Kind, _ range: Range<Int>, isEscaped: Bool = false) {
        self.kind = kind
        self.range = range
        self.isEscaped = isEscaped
    }

    package var isNumber: Bool { kind == .integer || kind == .fraction }

    /// The bytes between the quotes of a string or the brackets of an array or object.
    package var content: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }
}

/// One member of an object.
@usableFromInline
package struct JSONMember: Hashable, Sendable {
    @usableFromInline package let key: JSONToken
    @usableFromInline package let value: JSONToken
}

/// Converting a token, given the bytes it was found in.
extension JSONToken {
    @usableFromInline
    package func isText(_ text: StaticString, in bytes: ArraySlice<UInt8>) -> Bool {
        guard kind == .string else { return false }
        if isEscaped {
            let unescaped = JSONText.unescape(bytes[content])
            return text.withUTF8Buffer { unescaped.elementsEqual($0) }
        }
        let start = content.lowerBound - bytes.startIndex
        let place = start..<start + content.count
        @inline(__always)
        func isSame(_ bytes: JSONBytes) -> Bool { bytes.isText(place, text) }
        return bytes.withJSONBytes(isSame)
    }

    @usableFromInline
    package func string(in bytes: ArraySlice<UInt8>) -> String? {
        guard kind == .string else { return nil }
        return JSONText.decode(bytes[content], isEscaped: isEscaped)
    }

    @usableFromInline
    package func integer(in bytes: ArraySlice<UInt8>) -> Int64? {
        guard kind == .integer else { return nil }
        return bytes.withJSONBytes { JSONNumber.integer(place(in: bytes), in: $0) }
    }

    @usableFromInline
    package func double(in bytes: ArraySlice<UInt8>) -> Double? {
        guard isNumber else { return nil }
        return bytes.withJSONBytes { JSONNumber.double(place(in: bytes), in: $0) }
    }

    @usableFromInline
    package func boolean(in bytes: ArraySlice<UInt8>) -> Bool? {
        kind == .boolean ? bytes[range.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// The token's range relative to the first byte.
    private func place(in bytes: ArraySlice<UInt8>) -> Range<Int> {
        range.lowerBound - bytes.startIndex..<range.upperBound - bytes.startIndex
    }
}

/// Converts tokens of the document in `bytes`. Each conversion returns nil for a token of another kind. Tokens of other
/// documents must not be passed.
@usableFromInline
package protocol JSONTokenSource {
    var bytes: ArraySlice<UInt8> { get }
}

extension JSONTokenSource {
    /// The original bytes of a value.
    @inlinable package func raw(_ token: JSONToken) -> ArraySlice<UInt8> { bytes[token.range] }

    /// Whether a key or string equals this text, however it is escaped.
    @inlinable package func isText(_ token: JSONToken, _ text: StaticString) -> Bool {
        // The length decides most comparisons.
        if !token.isEscaped, token.range.count != text.utf8CodeUnitCount + 2 { return false }
        return token.isText(text, in: bytes)
    }

    @inlinable package func string(_ token: JSONToken) -> String? { token.string(in: bytes) }

    /// A number without fraction or exponent that fits into 64 bits.
    @inlinable package func integer(_ token: JSONToken) -> Int64? { token.integer(in: bytes) }

    /// Any number.
    @inlinable package func double(_ token: JSONToken) -> Double? { token.double(in: bytes) }

    @inlinable package func boolean(_ token: JSONToken) -> Bool? { token.boolean(in: bytes) }
}
