/// A value that has been found and checked, but not yet turned into anything: what it is, and where its bytes are.
@usableFromInline
package struct JSONToken: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case null
        case boolean
        /// A number without fraction and exponent.
        case integer
        /// A number with a fraction or an exponent.
        case fraction
        case string
        case array
        case object
    }

    package let kind: Kind
    /// A string that holds at least one backslash, so that its bytes are not its text.
    @usableFromInline package let isEscaped: Bool
    /// Where the value stands in the slice it was read from, with its quotes or brackets.
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
package struct JSONMember: Hashable, Sendable {
    package let key: JSONToken
    package let value: JSONToken
}
