import Clocks
import Events

/// Sets the thresholds of a sensor from taps on its target: what the operator taps counts as an impact from then on.
///
/// While taps are awaited, the detector uses `sensingThresholds`; noise at rest raises its limits as usual.
package struct TapCalibration: Hashable, Sendable {
    /// The number of taps to wait for.
    package let count: Int
    package private(set) var state = TapProgress.State.waiting
    package private(set) var taps: [QuantityValues] = []
    /// The thresholds that applied before; the new ones after completion.
    package private(set) var thresholds: ImpactThresholds
    package let deadline: MonotonicTime

    package static let counts = 3...20
    package static let timeout = Nanoseconds.seconds(120)

    /// A limit relative to the weakest tap: weaker impacts than the taps count as well, down to this.
    private static let peakShare = 0.5
    private static let onsetShare = 1.0 / 3

    package init(count: Int, thresholds: ImpactThresholds, at now: MonotonicTime) {
        self.count = min(max(count, Self.counts.lowerBound), Self.counts.upperBound)
        self.thresholds = thresholds
        deadline = now + Self.timeout
    }

    /// Limits that light taps reach, and a sensor at rest does not: displacements up to 12 µm were measured at rest.
    package var sensingThresholds: ImpactThresholds {
        var sensing = thresholds
        (sensing.onset, sensing.peak) = (min(3, thresholds.onset), min(6, thresholds.peak))
        sensing.onsetDisplacement = min(10, thresholds.onsetDisplacement)
        sensing.peakDisplacement = min(25, thresholds.peakDisplacement)
        sensing.onsetAcceleration = min(0.15, thresholds.onsetAcceleration)
        sensing.peakAcceleration = min(0.4, thresholds.peakAcceleration)
        return sensing
    }

    package var progress: TapProgress { TapProgress(state, taps: taps.count, of: count) }

    package mutating func advance(to now: MonotonicTime) {
        if state == .waiting, now >= deadline { state = .timedOut }
    }

    /// Records a tap that was found with the sensing thresholds.
    package mutating func record(_ motion: DetectedMotion) {
        guard state == .waiting else { return }
        taps.append(motion.peaks)
        guard taps.count == count else { return }
        state = .completed
        let sensing = sensingThresholds
        (thresholds.onset, thresholds.peak) = limits(
            .velocity, least: (sensing.onset, sensing.peak), otherwise: (thresholds.onset, thresholds.peak))
        (thresholds.onsetDisplacement, thresholds.peakDisplacement) = limits(
            .displacement, least: (sensing.onsetDisplacement, sensing.peakDisplacement),
            otherwise: (thresholds.onsetDisplacement, thresholds.peakDisplacement))
        (thresholds.onsetAcceleration, thresholds.peakAcceleration) = limits(
            .acceleration, least: (sensing.onsetAcceleration, sensing.peakAcceleration),
            otherwise: (thresholds.onsetAcceleration, thresholds.peakAcceleration))
    }

    /// The limits of a quantity that every tap showed; those of another stay.
    private func limits(
        _ quantity: MotionQuantity, least: (onset: Double, peak: Double), otherwise: (onset: Double, peak: Double)
    ) -> (onset: Double, peak: Double) {
        guard let weakest = taps.map({ $0[quantity] }).min(), weakest >= least.peak else { return otherwise }
        let peak = max(least.peak, weakest * Self.peakShare)
        return (max(least.onset, peak * Self.onsetShare), peak)
    }
}
