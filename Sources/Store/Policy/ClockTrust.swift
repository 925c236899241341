import CLinux
import Clocks

/// Decides whether the clock can be trusted to delete by age. A wrong clock must not erase the history: entries expire only
/// while the clock is synchronised, and has run without a jump for an hour.
package struct ClockTrust: Equatable, Sendable {
    package struct Reading: Equatable, Sendable {
        package var moment: Moment
        package var isSynchronised: Bool

        package init(_ moment: Moment, isSynchronised: Bool) {
            self.moment = moment
            self.isSynchronised = isSynchronised
        }

        package static func now() -> Self {
            Self(.now(), isSynchronised: largestError != nil)
        }
    }

    /// How far off the synchronised clock may be; nil if it is not synchronised.
    package static var largestError: Nanoseconds? {
        let microseconds = linux_clock_error_microseconds()
        return microseconds < 0 ? nil : .microseconds(Int64(microseconds))
    }

    package static let settlingTime = Nanoseconds.seconds(3_600)
    /// A larger change of the wall clock against the monotonic one is a jump: synchronisation adjusts by less.
    static let largestAdjustment = Nanoseconds.seconds(60)

    private var last: Moment?
    private var steadySince: MonotonicTime?
    private var began: MonotonicTime?

    package init() {}

    /// Records the clocks; returns whether entries may expire now.
    package mutating func observe(_ reading: Reading) -> Bool {
        let now = reading.moment
        defer { last = now }
        began = began ?? now.monotonic
        guard reading.isSynchronised else {
            steadySince = nil
            return false
        }
        if let last {
            let expected = last.wall + (now.monotonic - last.monotonic)
            let difference = now.wall - expected
            if difference > Self.largestAdjustment || difference < Nanoseconds.zero - Self.largestAdjustment {
                steadySince = nil
            }
        }
        let since = steadySince ?? now.monotonic
        steadySince = since
        return now.monotonic - since >= Self.settlingTime
    }

    /// How long the process has observed the clocks: what it has stored itself is no older than that.
    var uptime: Nanoseconds {
        guard let last, let began else { return .zero }
        return last.monotonic - began
    }
}
