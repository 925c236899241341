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

/// A moment on one clock. Moments of different clocks cannot be compared or subtracted. Arithmetic ends at the first and the
/// last moment that the type can hold: in UTC, 1677 and 2262.
///
/// The types of times are `public`, unlike everything else: the compiler inlines only public functions into other targets,
/// and hot paths compare times for every event.
public protocol ClockTime: Hashable, Comparable, Sendable {
    var nanoseconds: Int64 { get }
    init(nanoseconds: Int64)
}

extension ClockTime {
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    public static func + (time: Self, span: Nanoseconds) -> Self {
        let (sum, overflows) = time.nanoseconds.addingReportingOverflow(span.count)
        return Self(nanoseconds: overflows ? (span.count > 0 ? .max : .min) : sum)
    }

    public static func - (time: Self, span: Nanoseconds) -> Self {
        let (difference, overflows) = time.nanoseconds.subtractingReportingOverflow(span.count)
        return Self(nanoseconds: overflows ? (span.count < 0 ? .max : .min) : difference)
    }

    public static func - (later: Self, earlier: Self) -> Nanoseconds {
        let (span, overflows) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return Nanoseconds(overflows ? (later > earlier ? .max : .min) : span)
    }
}

/// A moment on this machine's monotonic clock. It never jumps and has no meaning on another machine.
public struct MonotonicTime: ClockTime {
    /// Nanoseconds since an arbitrary start (in practice, boot).
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }
}

/// A moment in UTC. It can jump when the clock is set, to any year.
public struct WallTime: ClockTime {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Seconds since 1970, as in Python's `time.time()`.
    public var epochSeconds: Double { Double(nanoseconds / 1_000) / 1e6 }
}

/// A span of time. One machine word, unlike the standard library's 128-bit `Duration`: it is used on hot paths.
public struct Nanoseconds: Hashable, Comparable, Sendable {
    public var count: Int64

    public init(_ count: Int64) {
        self.count = count
    }

    public static let zero = Self(0)

    public static func microseconds(_ count: Int64) -> Self { Self(count * 1_000) }
    public static func milliseconds(_ count: Int64) -> Self { Self(count * 1_000_000) }
    public static func seconds(_ count: Int64) -> Self { Self(count * 1_000_000_000) }

    /// Rounds to the nearest nanosecond and clamps to the range of the type; NaN becomes zero.
    public init(seconds: Double) {
        let exact = (seconds * 1e9).rounded()
        count = exact.isNaN ? 0 : Int64(exactly: exact) ?? (exact > 0 ? .max : .min)
    }

    public var inSeconds: Double { Double(count) / 1e9 }

    public static func < (left: Self, right: Self) -> Bool { left.count < right.count }
    public static func + (left: Self, right: Self) -> Self { Self(left.count + right.count) }
    public static func - (left: Self, right: Self) -> Self { Self(left.count - right.count) }
    public static func * (left: Self, right: Int64) -> Self { Self(left.count * right) }
    public static func / (left: Self, right: Int64) -> Self { Self(left.count / right) }
}

/// Operators end the process when a result exceeds the type, which our own spans never do. These do not: they are for spans that
/// may be any.
extension Nanoseconds {
    /// Its length, whatever its direction.
    package var magnitude: Self { Self(count == .min ? .max : abs(count)) }

    /// The sum, or the limit that it exceeds.
    package func addingUpToLimit(_ other: Self) -> Self {
        let (sum, overflows) = count.addingReportingOverflow(other.count)
        return Self(overflows ? (count > 0 ? .max : .min) : sum)
    }
}

/// The machine's two clocks. Only the reactor and the process boundary read them; all other code receives times as
/// arguments.
package enum SystemClock {
    package static func monotonic() -> MonotonicTime {
        MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// The gateway's time: that of the machine and an offset.
    package static func wall() -> WallTime { machine() + offset }

    /// As the machine shows it.
    package static func machine() -> WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

    /// What is added to the machine's clock; zero unless a person has set the gateway's (`GatewayClock`).
    package static var offset: Nanoseconds {
        get { Nanoseconds(linux_clock_offset()) }
        set { linux_set_clock_offset(newValue.count) }
    }

    /// Since the machine was started, with the time in which it slept.
    package static func sinceBoot() -> Nanoseconds { Nanoseconds(read(CLOCK_BOOTTIME)) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return nanoseconds(now)
    }

    /// The first or the last moment of the type for a year that it cannot hold.
    static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, overflows) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowsAgain) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
        return overflows || overflowsAgain ? (time.tv_sec > 0 ? .max : .min) : sum
    }
}
