import Clocks
import Events

/// How strongly a target moved over time, for a picture: the largest deviation from rest in each of equal intervals.
package struct Waveform: Hashable, Sendable {
    /// The quantity with the thresholds: acceleration in g or, for amplitudes, velocity in mm/s.
    package private(set) var quantity = MotionQuantity.velocity
    package let span: Nanoseconds
    /// Oldest first; nil where nothing was measured.
    package private(set) var values: [Double?]

    /// - Parameters:
    ///   - rest: nil if it is not known: then deviations from zero are drawn.
    ///   - count: the number of intervals.
    package init(
        _ notifications: some Sequence<DryRun.Notification>, rest: RestLevel?, span: Nanoseconds,
        until end: MonotonicTime,
        count: Int
    ) {
        self.span = span
        values = Array(repeating: nil, count: count)
        let base = rest?.base ?? Vector3(x: 0, y: 0, z: 0)
        let begin = end - span
        for notification in notifications {
            for sample in notification.samples {
                let age = (notification.arrival - sample.age - begin).inSeconds / span.inSeconds
                let place = Int((age * Double(count)).rounded(.down))
                guard values.indices.contains(place) else { continue }
                quantity = sample.isMomentary ? .acceleration : .velocity
                values[place] = max(values[place] ?? 0, sample.deviation(from: base))
            }
        }
    }
}

extension ImpactSample {
    /// An impact cannot lower an amplitude.
    fileprivate func deviation(from base: Vector3) -> Double {
        switch motion {
        case .amplitude(let velocity, _): (velocity - base).highest
        case .momentary(let acceleration, _, _): (acceleration - base).length
        }
    }
}
