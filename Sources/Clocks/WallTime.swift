/// A moment in UTC, as people and other machines know it. It can jump when the clock is set.
package struct WallTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (time: Self, span: Nanoseconds) -> Self {
        Self(nanoseconds: time.nanoseconds + span.count)
    }

    package static func - (later: Self, earlier: Self) -> Nanoseconds {
        Nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }

    /// Seconds since 1970 as Python's `time.time()` gives them.
    package var epochSeconds: Double { Double(nanoseconds / 1_000) / 1e6 }
}
