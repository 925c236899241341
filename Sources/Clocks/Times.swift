import CLinux

/// One moment on both clocks: monotonic for calculations, wall for display.
package struct Moment: Hashable, Sendable {
    package let monotonic: MonotonicTime
    package let wall: WallTime

    package init(monotonic: MonotonicTime, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// Call it where bytes enter the process.
    package static func now() -> Self {
        Self(monotonic: SystemClock.monotonic(), wall: SystemClock.wall())
    }
}

/// A moment on this machine's monotonic clock. It never jumps and has no meaning on another machine.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary start (in practice, boot).
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

/// A moment in UTC. It can jump when the clock is set.
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

    /// Seconds since 1970, as in Python's `time.time()`.
    package var epochSeconds: Double { Double(nanoseconds / 1_000) / 1e6 }
}

/// A span of time. One machine word, unlike the standard library's 128-bit `Duration`: it is used on hot paths.
package struct Nanoseconds: Hashable, Comparable, Sendable {
    package var count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    package static let zero = Self(0)

    package static func microseconds(_ count: Int64) -> Self { Self(count * 1_000) }
    package static func milliseconds(_ count: Int64) -> Self { Self(count * 1_000_000) }
    package static func seconds(_ count: Int64) -> Self { Self(count * 1_000_000_000) }

    /// Rounds to the nearest nanosecond and clamps to the range of the type; NaN becomes zero.
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

/// The machine's two clocks. Only the reactor and the process boundary read them; all other code receives times as
/// arguments.
package enum SystemClock {
    package static func monotonic() -> MonotonicTime {
        MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC))
    }

    package static func wall() -> WallTime {
        WallTime(nanoseconds: read(CLOCK_REALTIME))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
