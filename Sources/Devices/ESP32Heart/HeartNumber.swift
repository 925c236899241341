import JSON

/// A number that remembers whether it was sent as an integer, because clients see it again: 72 stays 72, and 72.0 stays
/// 72.0.
package enum HeartNumber: Hashable, Sendable {
    case integer(Int64)
    case number(Double)

    package var doubleValue: Double {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        }
    }

    init?(_ token: JSONToken, in bytes: ArraySlice<UInt8>) {
        if let integer = token.integer(in: bytes) {
            self = .integer(integer)
        } else if let number = token.double(in: bytes) {
            self = .number(number)
        } else {
            return nil
        }
    }

    /// A rate may also be true or false, which count as 1 and 0.
    init(rate token: JSONToken, in bytes: ArraySlice<UInt8>) throws(HeartReadingError) {
        if let number = Self(token, in: bytes) {
            self = number
        } else if let boolean = token.boolean(in: bytes) {
            self = .integer(boolean ? 1 : 0)
        } else {
            throw HeartReadingError(.wrongTypeOfRate)
        }
    }
}
