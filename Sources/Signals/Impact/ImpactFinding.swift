import Clocks
import Events

/// The result for one motion.
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

/// A motion of a target and the quantities it was classified by.
package struct DetectedMotion: Hashable, Sendable {
    /// When it began, on the gateway's clock.
    package let onset: MonotonicTime
    /// Error bound of `onset` (±): at least half of the sample interval.
    package let onsetError: Nanoseconds
    /// The largest deviation from rest on any axis, in mm/s.
    package let peakVelocity: Double
    /// The deviation on each axis at the peak.
    package let axes: Vector3
    /// In g, without gravity; nil for sensors that report amplitudes.
    package let peakAcceleration: Double?
    /// In µm.
    package let peakDisplacement: Double
    /// The highest value of each quantity.
    package let peaks: QuantityValues
    /// The quantity that exceeds its limit the most.
    package let decidedBy: MotionQuantity
    /// That the motion is as strong as an impact, from all quantities: 0...1.
    package let likelihood: Double
    /// The limits that applied, including noise.
    package let limits: MotionLimits
    /// From the onset to 70 % of the peak.
    package let rise: Nanoseconds
    /// From the onset until the target was at rest, or until the report.
    package let duration: Nanoseconds
    /// 0...1, see `ImpactClassifier`.
    package let confidence: Double
    /// The numbers of the first and last sample, by the detector's sample count.
    package let samples: ClosedRange<UInt64>
    package let isSaturated: Bool
}

extension ImpactEvent {
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

/// Runs the detector on recorded samples with other thresholds.
package enum DryRun {
    /// A recorded notification.
    package struct Notification: Hashable, Sendable {
        package let arrival: MonotonicTime
        package let samples: [ImpactSample]

        package init(arrival: MonotonicTime, samples: [ImpactSample]) {
            self.arrival = arrival
            self.samples = samples
        }
    }

    package struct Outcome: Hashable, Sendable {
        package let findings: [ImpactFinding]
        package let sampleCount: UInt64
        /// The rest level at the end; nil if the recording is too short or too noisy.
        package let rest: RestLevel?
    }

    /// - Parameter calibration: the last known rest level; used if the recording confirms it.
    package static func run(
        _ recording: some Sequence<Notification>, thresholds: ImpactThresholds,
        calibration: RestCalibration? = nil
    ) -> Outcome {
        var detector = ImpactDetector(thresholds, calibration: calibration)
        var findings: [ImpactFinding] = []
        for notification in recording {
            detector.receive(notification.samples, at: notification.arrival) { findings.append($0) }
        }
        detector.linkLost { findings.append($0) }
        return Outcome(findings: findings, sampleCount: detector.sampleCount, rest: detector.rest)
    }
}
