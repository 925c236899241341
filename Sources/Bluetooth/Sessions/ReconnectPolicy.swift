import Clocks

/// When to try to reach a device again: at once after a link that had held, since many devices advertise only briefly;
/// then ever more rarely, and never all at the same moment.
package struct ReconnectPolicy: Sendable {
    /// A link that has held for this long was a good one.
    package static let stableLinkDuration = Nanoseconds.seconds(10)
    package static let initialDelay = Nanoseconds.seconds(1)
    package static let maximumDelay = Nanoseconds.seconds(60)

    /// Attempts, and links that did not hold, since the last good link.
    package private(set) var failures = 0

    package init() {}

    /// A link has ended, or an attempt has failed; gives how long to wait before the next.
    /// - Parameters:
    ///   - held: how long the session was ready; nil when it never was.
    package mutating func nextDelay(
        readyFor held: Nanoseconds?, using random: inout some RandomNumberGenerator
    ) -> Nanoseconds {
        if let held, held >= Self.stableLinkDuration { failures = 0 }
        defer { failures += 1 }
        guard failures > 0 else { return .zero }
        // Beyond this no shift makes a difference any more.
        let doublings = Int64(1) << min(failures - 1, 16)
        let delay = min(Self.maximumDelay, Self.initialDelay * doublings)
        // A quarter to each side, so that six sensors that were lost together do not come back in step.
        return Nanoseconds(.random(in: delay.count * 3 / 4...delay.count * 5 / 4, using: &random))
    }
}
