import Clocks

/// The offset of a phone's clock: how far the gateway's clock is ahead of it when a message arrives.
///
/// A message leaves the phone after its newest reading, so each arrival overestimates the offset by the delay on the way.
/// The median of the latest arrivals is robust against single late messages.
package struct PhoneClock: Sendable {
    package struct Estimate: Hashable, Sendable {
        /// Add it to the phone's time to obtain the gateway's.
        package let offset: Nanoseconds
        /// Half of the range that holds the middle half of the arrivals.
        package let error: Nanoseconds
    }

    private static let maximumArrivals = 64
    private var offsets: [Nanoseconds] = []

    package init() {}

    package mutating func receive(newest: WallTime, arrived: WallTime) {
        if offsets.count == Self.maximumArrivals { offsets.removeFirst() }
        offsets.append(arrived - newest)
    }

    /// Nil before the first message.
    package var estimate: Estimate? {
        guard !offsets.isEmpty else { return nil }
        let sorted = offsets.sorted()
        let count = sorted.count
        // A phone may send any times, so the difference may exceed the type.
        let (spread, overflows) = sorted[count * 3 / 4].count.subtractingReportingOverflow(sorted[count / 4].count)
        return Estimate(offset: sorted[count / 2], error: Nanoseconds(overflows ? .max : spread) / 2)
    }
}
