import Clocks
import Events

/// Where samples of a quantity are missing: a message was lost, or the phone paused.
package struct MotionGap: Hashable, Sendable {
    /// The last sample before it.
    package let begin: WallTime
    /// The first sample after it.
    package let end: WallTime

    package init(begin: WallTime, end: WallTime) {
        self.begin = begin
        self.end = end
    }

    package var duration: Nanoseconds { end - begin }

    /// Phones sample at a nearly constant rate; a gap is longer than so many usual intervals,
    private static let minimumIntervals: Int64 = 4
    /// and longer than what the scheduling of a phone explains.
    package static let minimum = Nanoseconds.milliseconds(20)
    /// The number of intervals whose median is the usual one.
    private static let observedIntervals = 256

    /// The gaps after the sample at `start`, and between it and the one before.
    /// - Parameter samples: of one quantity, in the order of time.
    package static func find(in samples: ArraySlice<MotionBuffer.Sample>, from start: Int? = nil) -> [MotionGap] {
        guard let usual = usualInterval(of: samples) else { return [] }
        var gaps: [MotionGap] = []
        for index in max(start ?? 0, samples.startIndex + 1)..<max(samples.endIndex, samples.startIndex + 1) {
            let (before, after) = (samples[index - 1].time, samples[index].time)
            let gap = MotionGap(begin: before, end: after)
            // Not a product: recordings may hold any times.
            if gap.duration > minimum, gap.duration / minimumIntervals > usual { gaps.append(gap) }
        }
        return gaps
    }

    /// The median of the latest intervals.
    private static func usualInterval(of samples: ArraySlice<MotionBuffer.Sample>) -> Nanoseconds? {
        let latest = samples.suffix(observedIntervals + 1)
        let intervals = zip(latest, latest.dropFirst()).map { $1.time - $0.time }.sorted()
        return intervals.isEmpty ? nil : intervals[intervals.count / 2]
    }
}
