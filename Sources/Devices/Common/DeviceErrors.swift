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

/// Why a device's JSON, or one element of it, was rejected: a countable reason and, for invalid JSON, the position.
package struct DeviceJSONError<Reason: DeviceJSONReason>: Error, Hashable, Sendable {
    package let reason: Reason
    /// The position, if the text is not JSON.
    package let json: JSONError?
    /// The index of the element; nil for the whole message.
    package let element: Int?

    init(_ reason: Reason, element: Int? = nil) {
        self.reason = reason
        self.element = element
        json = nil
    }

    init(_ json: JSONError) {
        self.json = json
        element = nil
        reason = Reason(json)
    }
}

extension DeviceJSONError: CustomStringConvertible {
    package var description: String {
        let subject = element.map { "\(Reason.elementName) \($0)" } ?? Reason.messageName
        return "\(subject) rejected: \(json?.description ?? reason.sentence)"
    }
}

/// The reasons of one device; the raw values are stable names for counters. These six concern the text; the device's own
/// concern its members.
package protocol DeviceJSONReason: RawRepresentable<String>, CaseIterable, Hashable, Sendable {
    static var empty: Self { get }
    static var notJSON: Self { get }
    static var notAnObject: Self { get }
    static var badEncoding: Self { get }
    /// NaN, Infinity, or a number beyond the range of a double.
    static var notFinite: Self { get }
    /// More bytes, members, digits or nesting than the device needs.
    static var tooLarge: Self { get }

    /// What is rejected, for the error message.
    static var messageName: String { get }
    static var elementName: String { get }
    var sentence: String { get }
}

extension DeviceJSONReason {
    package static var elementName: String { "element" }

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
