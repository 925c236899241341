import Clocks

/// What would have been found in recorded samples with other thresholds: the same detector, on the same samples.
package enum DryRun {
    /// A notification as it was recorded.
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
        /// What the sensor showed at rest at the end; nil when the recording is too short or too wild to tell.
        package let rest: RestLevel?
    }

    /// - Parameter known: what is known of the sensor at rest; where the recording shows otherwise, that counts.
    package static func run(
        _ recording: some Sequence<Notification>, thresholds: ImpactThresholds,
        calibration known: RestCalibration? = nil
    ) -> Outcome {
        var detector = ImpactDetector(thresholds, calibration: known)
        var findings: [ImpactFinding] = []
        for notification in recording {
            detector.receive(notification.samples, at: notification.arrival) { findings.append($0) }
        }
        detector.linkLost { findings.append($0) }
        return Outcome(findings: findings, sampleCount: detector.sampleCount, rest: detector.rest)
    }
}
