/// A moment on this machine's monotonic clock: it never jumps, and means nothing on another machine.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary start (in practice the boot).
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

    package static func - (time: Self, span: Nanoseconds) -> Self {
        Self(nanoseconds: time.nanoseconds - span.count)
    }

    package static func - (later: Self, earlier: Self) -> Nanoseconds {
        Nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }
}
