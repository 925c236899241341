import Glibc

/// The day by the machine's time zone.
package enum LocalDay {
    /// The midnight before a moment.
    package static func start(of time: WallTime) -> WallTime {
        var seconds = time_t(time.nanoseconds / 1_000_000_000)
        var day = tm()
        localtime_r(&seconds, &day)
        (day.tm_hour, day.tm_min, day.tm_sec) = (0, 0, 0)
        // Midnight may be before or after a change of the clock.
        day.tm_isdst = -1
        // The first day that the type can hold has begun before its first moment.
        let (midnight, overflows) = Int64(mktime(&day)).multipliedReportingOverflow(by: 1_000_000_000)
        return WallTime(nanoseconds: overflows ? .min : midnight)
    }
}
