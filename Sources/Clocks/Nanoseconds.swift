/// A span of time. The standard `Duration` has 128 bits; the hot path wants one machine word.
package struct Nanoseconds: Hashable, Comparable, Sendable {
    package var count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    package static let zero = Self(0)

    package static func microseconds(_ count: Int64) -> Self { Self(count * 1_000) }
    package static func milliseconds(_ count: Int64) -> Self { Self(count * 1_000_000) }
    package static func seconds(_ count: Int64) -> Self { Self(count * 1_000_000_000) }

    /// The nearest whole number of nanoseconds; what does not fit is held at the limits of the type.
    package init(seconds: Double) {
        let exact = (seconds * 1e9).rounded()
        count = exact.isNaN ? 0 : Int64(exactly: exact) ?? (exact > 0 ? .max : .min)
    }

    package var inSeconds: Double { Double(count) / 1e9 }

    package static func < (left: Self, right: Self) -> Bool { left.count < right.count }
    package static func + (left: Self, right: Self) -> Self { Self(left.count + right.count) }
    package static func - (left: Self, right: Self) -> Self { Self(left.count - right.count) }
    package static func * (left: Self, right: Int64) -> Self { Self(left.count * right) }
    package static func / (left: Self, right: Int64) -> Self { Self(left.count / right) }
}
