import Clocks
import Events

/// The heart of one user as measured by a sensor, in the terms of the heartbeat API.
///
/// Variability is the RMSSD (the root mean square of successive differences) of the last intervals between beats,
/// divided by 100 ms and limited to 1. A device that reports beats provides the intervals; otherwise they are derived from
/// its rates. Stress is estimated: 0 at the resting rate, 1 at 50 BPM above it.
package struct HeartbeatSensor: Sendable {
    package struct Sample: Hashable, Sendable {
        package let rate: Int
        /// Nil until three intervals are known.
        package let variability: Double?
        package let stress: Double
    }

    private static let maximumIntervals = 32
    /// Above this a difference is a missed beat, not variability.
    private static let maximumDifference = 0.3

    private var rate: Double?
    /// In seconds, oldest first.
    private var intervals: [Double] = []
    private var reportsBeats = false

    package init() {}

    package mutating func receive(_ heart: HeartEvent) {
        rate = heart.rate.beatsPerMinute
        guard let rate, rate > 0, !reportsBeats else { return }
        append(60 / rate)
    }

    package mutating func receive(_ beat: HeartBeatEvent) {
        guard beat.isPlausible, let interval = beat.interval, interval > .zero else { return }
        if !reportsBeats {
            reportsBeats = true
            intervals.removeAll()
        }
        append(interval.inSeconds)
    }

    /// The sensor sends nothing: what it measured is no longer true.
    package mutating func becomeStale() {
        rate = nil
        intervals.removeAll()
    }

    /// Nil while there is no rate.
    package func sample(baseline: Int) -> Sample? {
        guard let rate else { return nil }
        let stress = min(max((rate - Double(baseline)) / 50, 0), 1)
        return Sample(
            rate: Int(rate.rounded(.toNearestOrEven)), variability: variability,
            stress: stress.roundedToThousandths)
    }

    private var variability: Double? {
        let differences = zip(intervals, intervals.dropFirst()).map { $1 - $0 }
            .filter { abs($0) <= Self.maximumDifference }
        guard differences.count >= 2 else { return nil }
        let sum = differences.reduce(0) { $0 + $1 * $1 }
        return min((sum / Double(differences.count)).squareRoot() / 0.1, 1).roundedToThousandths
    }

    private mutating func append(_ interval: Double) {
        if intervals.count == Self.maximumIntervals { intervals.removeFirst() }
        intervals.append(interval)
    }
}
