/// Whose heart it is. Devices name their user by any simple JSON value; as in the original, `1`, `1.0` and `true` are one
/// user, `"1"` is another one, and `null` is a user too.
package enum HeartUser: Hashable, Sendable {
    case number(Int64)
    /// A number that is no 64-bit integer.
    case fraction(Double)
    case text(String)
    case null

    package init(_ number: Double) {
        self = Int64(exactly: number).map(Self.number) ?? .fraction(number)
    }

    package init(_ truth: Bool) {
        self = .number(truth ? 1 : 0)
    }
}

extension HeartUser {
    /// Text is compared byte by byte, as Python does, not by Swift's canonical equivalence.
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left == right
        case (.fraction(let left), .fraction(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.null, .null): true
        default: false
        }
    }
}

extension HeartUser: CustomStringConvertible {
    /// As a Python dictionary's key looks in JSON: text without quotes.
    package var description: String {
        switch self {
        case .number(let number): number.description
        case .fraction(let number): number.description
        case .text(let text): text
        case .null: "null"
        }
    }
}
