import Clocks
import Events

/// What a detector makes of a motion.
package enum ImpactFinding: Hashable, Sendable {
    case impact(DetectedMotion)
    case rejected(ImpactReject, DetectedMotion)

    package var motion: DetectedMotion {
        switch self {
        case .impact(let motion), .rejected(_, let motion): motion
        }
    }

    package var reject: ImpactReject? {
        if case .rejected(let reason, _) = self { reason } else { nil }
    }

    package var isImpact: Bool { reject == nil }
}

/// A motion of a target, from its onset on, and what it was judged by.
package struct DetectedMotion: Hashable, Sendable {
    /// When it began, on our clock.
    package let onset: MonotonicTime
    /// It began this close to `onset`, before or after: half of the time between two samples, at least.
    package let onsetError: Nanoseconds
    /// The largest deviation from rest on any axis, in mm/s.
    package let peakVelocity: Double
    /// The deviation on each axis at that moment.
    package let axes: Vector3
    /// In g, without gravity; nil for sensors that tell amplitudes.
    package let peakAcceleration: Double?
    /// In µm; nil for sensors that tell momentary values.
    package let peakDisplacement: Double?
    /// From the onset to most of the peak.
    package let rise: Nanoseconds
    /// From the onset until the target was quiet again, or until this was told.
    package let duration: Nanoseconds
    /// 0...1, as `ImpactClassifier` explains.
    package let confidence: Double
    /// The first and the last of its samples, by the detector's count of samples.
    package let samples: ClosedRange<UInt64>
    package let isSaturated: Bool
    /// What it had to reach, with the noise at rest taken into account: mm/s, or g where there is a `peakAcceleration`.
    package let onsetLimit: Double
    package let peakLimit: Double
}

extension ImpactEvent {
    /// What a detector found, as an event.
    package init(
        _ finding: ImpactFinding, sensor: DeviceID, target: String?, location: TargetPoint? = nil, frame: [UInt8] = []
    ) {
        let motion = finding.motion
        self.init(
            sensor: sensor, peakVelocity: motion.peakVelocity, axes: motion.axes, onset: motion.onset,
            onsetError: motion.onsetError, duration: motion.duration, confidence: motion.confidence,
            location: location, target: target, peakAcceleration: motion.peakAcceleration, reject: finding.reject,
            frame: frame)
    }
}
