import CLinux

/// The machine's two clocks. Only the reactor and the edges of the program read them; everything else is told the time.
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
