import Clocks
import Devices
import Events
import Signals

/// What the range knows of one sensor: its detector, what it has sent lately, and what came of it.
package struct RangeSensor: Sendable {
    private(set) var detector: ImpactDetector
    private(set) var ring = SampleRing()
    private(set) var impacts: UInt64 = 0
    private(set) var rejects: [ImpactReject: UInt64] = [:]
    private(set) var lastImpact: WallTime?
    var isConnected = false
    /// What is being recorded, and since when.
    var recording: (name: String, since: Moment)?
    private var restCheckedAt: MonotonicTime?

    init(_ memory: PersistedSensorState) {
        detector = ImpactDetector(memory.thresholds ?? .standard, calibration: memory.rest)
    }

    var thresholds: ImpactThresholds {
        get { detector.thresholds }
        set { detector.thresholds = newValue }
    }

    /// Takes a notification; returns what was found in it.
    mutating func receive(
        _ readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment
    ) -> [ImpactFinding] {
        let samples = readings.compactMap { ImpactSample($0) }
        guard !samples.isEmpty else { return [] }
        ring.add(
            RecordedNotification(
                bytes: Array(notification), arrival: moment.monotonic,
                interval: samples.count > 1 ? samples[0].age - samples[1].age : nil,
                firstSample: detector.sampleCount, samples: UInt64(samples.count)))
        return collectFindings(at: moment) { detector, found in detector.receive(samples, at: moment.monotonic, found) }
    }

    /// Its link is gone: what was under way is over.
    mutating func linkLost(at moment: Moment) -> [ImpactFinding] {
        isConnected = false
        return collectFindings(at: moment) { detector, found in detector.linkLost(found) }
    }

    mutating func advance(to moment: Moment) -> [ImpactFinding] {
        collectFindings(at: moment) { detector, found in detector.advance(to: moment.monotonic, found) }
    }

    /// How it rests, where that is worth a look: at most every ten seconds.
    mutating func calibrationToSave(at now: MonotonicTime) -> RestCalibration? {
        if let last = restCheckedAt, now - last < .seconds(10) { return nil }
        guard let known = detector.calibration else { return nil }
        restCheckedAt = now
        return known
    }

    /// Learns anew what it shows at rest.
    mutating func calibrate() {
        detector.calibrate()
        restCheckedAt = nil
    }

    private mutating func collectFindings(
        at moment: Moment, _ work: (inout ImpactDetector, (ImpactFinding) -> Void) -> Void
    ) -> [ImpactFinding] {
        var findings: [ImpactFinding] = []
        work(&detector) { findings.append($0) }
        for finding in findings {
            if let reason = finding.reject {
                rejects[reason, default: 0] += 1
            } else {
                impacts += 1
                lastImpact = moment.wall + (finding.motion.onset - moment.monotonic)
            }
        }
        return findings
    }
}
