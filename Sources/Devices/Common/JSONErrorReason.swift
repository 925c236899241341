import JSON

/// The reasons for which a device's JSON is refused before anybody looks at what it says.
protocol JSONErrorReason {
    static var empty: Self { get }
    static var notJSON: Self { get }
    static var notAnObject: Self { get }
    static var badEncoding: Self { get }
    /// NaN, Infinity, or a number too large for a double.
    static var notFinite: Self { get }
    /// More bytes, members, digits or nesting than the device needs.
    static var tooLarge: Self { get }
}

extension JSONErrorReason {
    init(_ error: JSONError) {
        self =
            switch error.reason {
            case .empty: .empty
            case .unexpectedEnd, .unexpectedCharacter, .trailingContent, .byteOrderMark, .malformedNumber,
                .controlCharacter, .malformedEscape:
                .notJSON
            case .notANumber, .numberOutOfRange: .notFinite
            case .invalidUTF8, .loneSurrogate: .badEncoding
            case .notAnObject: .notAnObject
            case .tooDeep, .tooManyBytes, .stringTooLong, .tooManyMembers, .numberTooLong: .tooLarge
            }
    }
}
