/// A command that was not sent, because a device would not understand it or should not be told.
package struct DeviceCommandError: Error, Hashable, Sendable {
    /// What the value was meant for, such as `sensitivity`.
    package let field: String
    package let value: Int
    package let allowed: ClosedRange<Int>

    package init(_ field: String, _ value: Int, allowed: ClosedRange<Int>) {
        self.field = field
        self.value = value
        self.allowed = allowed
    }

    /// The value, if it is allowed.
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
