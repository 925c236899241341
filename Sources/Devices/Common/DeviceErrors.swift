import JSON

/// A device command with an argument out of range.
package struct DeviceCommandError: Error, Hashable, Sendable {
    /// The name of the argument, such as `sensitivity`.
    package let field: String
    package let value: Int
    package let allowed: ClosedRange<Int>

    package init(_ field: String, _ value: Int, allowed: ClosedRange<Int>) {
        self.field = field
        self.value = value
        self.allowed = allowed
    }

    /// Returns the value if it is in range.
    static func check(_ value: Int, as field: String, in allowed: ClosedRange<Int>) throws(DeviceCommandError) -> Int {
        guard allowed.contains(value) else { throw DeviceCommandError(field, value, allowed: allowed) }
        return value
    }
}

extension DeviceCommandError: CustomStringConvertible {
    package var description: String {
        "the \(field) must be from \(allowed.lowerBound) to \(allowed.upperBound), not \(value)"
    }
}

/// Why a device's JSON was rejected before its members were examined.
protocol JSONErrorReason {
    static var empty: Self { get }
    static var notJSON: Self { get }
    static var notAnObject: Self { get }
    static var badEncoding: Self { get }
    /// NaN, Infinity, or a number beyond the range of a double.
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
