import Clocks

/// Maps sample times to the gateway's clock.
///
/// Notifications are delayed by at least the minimum latency of the link and sometimes by much more. The earliest
/// arrivals relative to the sensor's own time form a lower envelope, which gives the offset. The sensor's own time is
/// that of its chip, or sample count times interval. Its rate differs from ours (99.3 Hz were measured for nominal 100
/// Hz), so the rate is estimated from the envelope over half a minute as well.
package struct SampleClock: Sendable {
    private struct Arrival {
        /// The sensor's time in seconds since the first arrival.
        let device: Double
        /// Seconds since the first arrival.
        let arrival: Double

        func residual(_ rate: Double) -> Double { arrival - device * rate }
    }

    /// The first arrival: the origin of both times.
    private var zero: (device: Nanoseconds, arrival: MonotonicTime)?
    private var lastDevice: Nanoseconds?
    private var recent: [Arrival] = []
    /// The arrival closest to the envelope of each full window.
    private var anchors: [Arrival] = []
    private var sinceAnchor = 0
    private var offset = 0.0
    /// Gateway seconds per sensor second.
    private var rate = 1.0

    private static let window = 32
    private static let maximumAnchors = 24
    private static let minimumAnchors = 6
    /// This many consecutive arrivals far behind the envelope indicate lost data rather than a busy channel.
    private static let consecutiveLateArrivals = 4
    private static let maximumRateError = 0.03

    package init() {}

    /// Records that the last sample of the notification that arrived at `arrival` was measured at `device`.
    package mutating func record(device: Nanoseconds, at arrival: MonotonicTime) {
        // A clock that runs backwards was restarted.
        if let lastDevice, device < lastDevice { self = Self() }
        let zero = zero ?? (device, arrival)
        self.zero = zero
        lastDevice = device
        let latest = Arrival(
            device: (device - zero.device).inSeconds, arrival: (arrival - zero.arrival).inSeconds)
        let period = recent.last.map { latest.device - $0.device } ?? 0
        recent.append(latest)
        if recent.count > Self.window { recent.removeFirst() }
        dropArrivalsBeforeGap(period)
        offset = earliest(of: recent[...])
        sinceAnchor += 1
        if sinceAnchor >= Self.window { addAnchor() }
    }

    package func time(of device: Nanoseconds) -> MonotonicTime? {
        zero.map { $0.arrival + Nanoseconds(seconds: offset + (device - $0.device).inSeconds * rate) }
    }

    /// Error bound of the envelope; it shrinks with the number of arrivals.
    package var error: Nanoseconds {
        guard recent.count > 1 else { return .milliseconds(20) }
        let spread = recent.lazy.map { $0.residual(rate) - offset }.reduce(0, +) / Double(recent.count)
        return Nanoseconds(seconds: 0.0005 + 2 * spread / Double(recent.count))
    }

    private func earliest(of arrivals: ArraySlice<Arrival>) -> Double {
        arrivals.reduce(.infinity) { min($0, $1.residual(rate)) }
    }

    /// A lost notification or a pause shifts all later arrivals.
    private mutating func dropArrivalsBeforeGap(_ period: Double) {
        guard recent.count > Self.consecutiveLateArrivals else { return }
        let late = recent.suffix(Self.consecutiveLateArrivals)
        let before = earliest(of: recent.dropLast(Self.consecutiveLateArrivals))
        guard late.allSatisfy({ $0.residual(rate) - before > max(0.6 * period, 0.015) }) else { return }
        recent = Array(late)
        // Earlier anchors have no common envelope with later arrivals.
        anchors = []
        sinceAnchor = 0
    }

    private mutating func addAnchor() {
        sinceAnchor = 0
        guard let best = recent.min(by: { $0.residual(rate) < $1.residual(rate) }) else { return }
        anchors.append(best)
        if anchors.count > Self.maximumAnchors { anchors.removeFirst() }
        guard anchors.count >= Self.minimumAnchors else { return }
        // The median of all slopes between anchors that are far apart is robust against late arrivals.
        var slopes: [Double] = []
        let apart = anchors.count / 2
        for (index, later) in anchors.enumerated().dropFirst(apart) {
            for earlier in anchors[...(index - apart)] where later.device > earlier.device {
                slopes.append((later.arrival - earlier.arrival) / (later.device - earlier.device))
            }
        }
        slopes.sort()
        guard !slopes.isEmpty else { return }
        let slope = slopes[slopes.count / 2]
        if abs(slope - 1) < Self.maximumRateError { rate = slope }
        offset = earliest(of: recent[...])
    }
}
