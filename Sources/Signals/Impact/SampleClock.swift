import Clocks

/// When samples were really measured, on our clock.
///
/// A notification takes its time through the air, never less than the link allows and sometimes much more. So of many
/// arrivals the earliest, compared with the sensor's own time, tell the truth: the lower envelope. The sensor's own time
/// is its chip's clock, or the count of samples times their interval. Neither runs exactly like ours (99.3 Hz have been
/// measured where 100 were set), so the rate is learnt as well, from the envelope over half a minute.
package struct SampleClock: Sendable {
    private struct Arrival {
        /// In seconds of the sensor's time since then.
        let device: Double
        /// In seconds since the first arrival.
        let arrival: Double

        func residual(_ rate: Double) -> Double { arrival - device * rate }
    }

    /// The first arrival, from which both times are counted.
    private var zero: (device: Nanoseconds, arrival: MonotonicTime)?
    private var lastDevice: Nanoseconds?
    private var recent: [Arrival] = []
    /// The arrival closest to the envelope out of each full window.
    private var anchors: [Arrival] = []
    private var sinceAnchor = 0
    private var offset = 0.0
    /// Our seconds in one of the sensor's.
    private var rate = 1.0

    private static let window = 32
    private static let maximumAnchors = 24
    private static let minimumAnchors = 6
    /// That many arrivals in a row far behind the envelope mean that something was lost, and not that the air was busy.
    private static let consecutiveLateArrivals = 4
    private static let maximumRateError = 0.03

    package init() {}

    /// The last sample of a notification was measured at `device`, and the notification came at `arrival`.
    package mutating func record(device: Nanoseconds, at arrival: MonotonicTime) {
        // A clock that runs backwards has begun anew.
        if let lastDevice, device < lastDevice { self = Self() }
        let zero = zero ?? (device, arrival)
        self.zero = zero
        lastDevice = device
        let heard = Arrival(
            device: (device - zero.device).inSeconds, arrival: (arrival - zero.arrival).inSeconds)
        let period = recent.last.map { heard.device - $0.device } ?? 0
        recent.append(heard)
        if recent.count > Self.window { recent.removeFirst() }
        dropArrivalsBeforeGap(period)
        offset = earliest(of: recent[...])
        sinceAnchor += 1
        if sinceAnchor >= Self.window { addAnchor() }
    }

    /// When a sample was measured.
    package func time(of device: Nanoseconds) -> MonotonicTime? {
        zero.map { $0.arrival + Nanoseconds(seconds: offset + (device - $0.device).inSeconds * rate) }
    }

    /// How far the envelope may still be off: arrivals that have not had the chance to be early.
    package var error: Nanoseconds {
        guard recent.count > 1 else { return .milliseconds(20) }
        let spread = recent.lazy.map { $0.residual(rate) - offset }.reduce(0, +) / Double(recent.count)
        return Nanoseconds(seconds: 0.0005 + 2 * spread / Double(recent.count))
    }

    private func earliest(of arrivals: ArraySlice<Arrival>) -> Double {
        arrivals.reduce(.infinity) { min($0, $1.residual(rate)) }
    }

    /// A notification that was lost, or a pause, shifts everything that follows.
    private mutating func dropArrivalsBeforeGap(_ period: Double) {
        guard recent.count > Self.consecutiveLateArrivals else { return }
        let late = recent.suffix(Self.consecutiveLateArrivals)
        let before = earliest(of: recent.dropLast(Self.consecutiveLateArrivals))
        guard late.allSatisfy({ $0.residual(rate) - before > max(0.6 * period, 0.015) }) else { return }
        recent = Array(late)
        // What the rate was learnt from has no common envelope with what follows.
        anchors = []
        sinceAnchor = 0
    }

    private mutating func addAnchor() {
        sinceAnchor = 0
        guard let best = recent.min(by: { $0.residual(rate) < $1.residual(rate) }) else { return }
        anchors.append(best)
        if anchors.count > Self.maximumAnchors { anchors.removeFirst() }
        guard anchors.count >= Self.minimumAnchors else { return }
        // The median of all slopes between anchors that are far apart: a late one here or there does not matter.
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
