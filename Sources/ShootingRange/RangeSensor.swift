import Clocks
import Devices
import Events
import Signals

/// The state of one sensor: its detector, recent samples and counters.
struct RangeSensor: Sendable {
    private(set) var detector: ImpactDetector
    private(set) var ring = SampleRing()
    private(set) var impacts: UInt64 = 0
    private(set) var rejects: [ImpactReject: UInt64] = [:]
    private(set) var lastImpact: WallTime?
    var isConnected = false
    /// The recording in progress.
    var recording: (name: String, since: Moment)?
    private var restCheckedAt: MonotonicTime?
    /// The latest calibration by taps.
    private(set) var tapCalibration: TapCalibration?
    /// What `newTapProgress` returned last.
    private var publishedTapProgress: TapProgress?

    init(_ memory: PersistedSensorState) {
        detector = ImpactDetector(memory.thresholds ?? .standard, calibration: memory.rest)
    }

    var thresholds: ImpactThresholds {
        get { tapCalibration.flatMap { $0.state == .waiting ? $0.thresholds : nil } ?? detector.thresholds }
        set {
            // New thresholds replace those that taps would set.
            tapCalibration = nil
            detector.thresholds = newValue
        }
    }

    /// Waits for taps: motions are not published until these have set the thresholds.
    mutating func awaitTaps(_ count: Int, at now: MonotonicTime) {
        let calibration = TapCalibration(count: count, thresholds: thresholds, at: now)
        detector.thresholds = calibration.sensingThresholds
        tapCalibration = calibration
    }

    mutating func stopAwaitingTaps() {
        // The getter returns those from before the wait.
        let former = thresholds
        thresholds = former
    }

    /// Whether taps are awaited, and hence motions are not published.
    private var awaitsTaps: Bool { tapCalibration?.state == .waiting }

    /// When something is due, if there are no samples.
    var deadline: MonotonicTime? {
        let timeout = awaitsTaps ? tapCalibration?.deadline : nil
        return [detector.deadline, timeout].compactMap(\.self).min()
    }

    /// The progress of the calibration by taps, if it has changed since the last call.
    mutating func newTapProgress() -> TapProgress? {
        let previous = publishedTapProgress
        publishedTapProgress = tapCalibration?.progress
        if let present = publishedTapProgress { return present == previous ? nil : present }
        guard let previous, previous.state == .waiting else { return nil }
        return TapProgress(.cancelled, taps: previous.taps, of: previous.count)
    }

    /// Ends a calibration that is complete or has timed out.
    private mutating func record(_ findings: [ImpactFinding], at now: MonotonicTime) {
        for finding in findings where finding.isImpact { tapCalibration?.record(finding.motion) }
        tapCalibration?.advance(to: now)
        if let tapCalibration, tapCalibration.state != .waiting { detector.thresholds = tapCalibration.thresholds }
    }

    /// Processes a notification and returns its findings.
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

    /// The sensor disconnected: ends the motion in progress.
    mutating func linkLost(at moment: Moment) -> [ImpactFinding] {
        isConnected = false
        return collectFindings(at: moment) { detector, found in detector.linkLost(found) }
    }

    mutating func advance(to moment: Moment) -> [ImpactFinding] {
        collectFindings(at: moment) { detector, found in detector.advance(to: moment.monotonic, found) }
    }

    /// The calibration to store, at most every ten seconds.
    mutating func calibrationToSave(at now: MonotonicTime) -> RestCalibration? {
        if let last = restCheckedAt, now - last < .seconds(10) { return nil }
        guard let known = detector.calibration else { return nil }
        restCheckedAt = now
        return known
    }

    mutating func calibrate() {
        detector.calibrate()
        restCheckedAt = nil
    }

    private mutating func collectFindings(
        at moment: Moment, _ work: (inout ImpactDetector, (ImpactFinding) -> Void) -> Void
    ) -> [ImpactFinding] {
        var findings: [ImpactFinding] = []
        work(&detector) { findings.append($0) }
        if awaitsTaps {
            record(findings, at: moment.monotonic)
            return []
        }
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

/// A recorded notification of a sensor.
struct RecordedNotification: Hashable, Sendable {
    let bytes: [UInt8]
    let arrival: MonotonicTime
    /// The sample interval, if the sensor's settings were known.
    let interval: Nanoseconds?
    /// The number of samples before this notification.
    let firstSample: UInt64
    let samples: UInt64

    /// Whether it contains one of these samples, numbered from 1.
    func overlaps(_ numbers: ClosedRange<UInt64>) -> Bool {
        firstSample < numbers.upperBound && firstSample + samples >= numbers.lowerBound
    }
}

/// Recent notifications of a sensor, as bytes: for explanations and dry runs.
struct SampleRing: Hashable, Sendable {
    private var notifications: [RecordedNotification] = []
    private var first = 0
    private(set) var bytes = 0

    /// Two minutes at the maximum rate with four frames per notification.
    static let maximumBytes = 384 << 10
    static let maximumSpan = Nanoseconds.seconds(120)

    var isEmpty: Bool { first == notifications.count }
    var all: ArraySlice<RecordedNotification> { notifications[first...] }

    mutating func add(_ notification: RecordedNotification) {
        notifications.append(notification)
        bytes += notification.bytes.count
        while let oldest = all.first,
            bytes > Self.maximumBytes || notification.arrival - oldest.arrival > Self.maximumSpan
        {
            bytes -= oldest.bytes.count
            first += 1
        }
        if first > 256, first > notifications.count / 2 {
            notifications.removeSubrange(..<first)
            first = 0
        }
    }

    func since(_ time: MonotonicTime) -> [RecordedNotification] {
        all.filter { $0.arrival >= time }
    }

    /// The bytes that contained a sample; empty if they have been dropped.
    func bytes(of sample: UInt64) -> [UInt8] {
        all.last { $0.overlaps(sample...sample) }?.bytes ?? []
    }

    /// The notifications that contain the samples, and the one before them.
    func overlapping(_ numbers: ClosedRange<UInt64>) -> [RecordedNotification] {
        guard let place = all.firstIndex(where: { $0.overlaps(numbers) }) else { return [] }
        return Array(notifications[max(first, place - 1)...].prefix { $0.firstSample < numbers.upperBound })
    }
}
