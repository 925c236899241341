import Clocks
import Devices
import Events

/// Finds impacts in a target sensor's samples and reports why other motions are not impacts.
///
/// The input are the amplitudes of velocity and displacement or, in "now data" mode, the momentary values of both and the
/// acceleration without gravity, as deviations from a learned rest level. Each quantity is measured by its own limits; a
/// motion has the level of the strongest. Every sample of a notification is used, with its own time. A motion is reported
/// when the target is at rest again, when the next impact begins, or after `reportTimeout`.
package struct ImpactDetector: Sendable {
    /// May change at any time; a motion in progress keeps the limits it began with.
    package var thresholds: ImpactThresholds

    /// Number of samples so far.
    package private(set) var sampleCount: UInt64 = 0
    private var clock = SampleClock()
    private var restSamples: [ImpactSample] = []
    /// Nil until it has been learned.
    private var sensorRest: SensorRest?
    /// The rest level was learned before an interruption and has not been confirmed since.
    private var isRestUnconfirmed = false
    /// The sensor reports momentary values and accelerations, not amplitudes.
    package private(set) var isMomentary = false
    private var interval = Nanoseconds.milliseconds(10)
    /// Sample count times interval: the time base of sensors without a clock.
    private var counted = Nanoseconds.zero
    private var lastArrival: MonotonicTime?
    private var lastTime: MonotonicTime?
    private var repetition = RepeatedAmplitudeCounter()
    private var decay = RingDown()
    private var classifier = ImpactClassifier()
    private var activeMotion: ActiveMotion?
    /// The quantities that showed the previous motion.
    private var previous: (onset: MonotonicTime, seen: QuantitySet)?
    private var quietSamples = 0
    /// Earlier samples contain the end of a motion and are not used for the rest level.
    private var quietFrom = MonotonicTime(nanoseconds: .min)

    /// A motion is reported this long after its onset at the latest.
    package static let reportTimeout = Nanoseconds.milliseconds(300)
    /// A motion that lasts longer is treated as a new rest level.
    package static let maximumMotion = Nanoseconds.seconds(5)
    /// A gap this long, or of three out of four notifications, ends the current motion.
    package static let minimumGap = Nanoseconds.seconds(1)
    package static let recovery = Nanoseconds.milliseconds(500)
    /// A quantity may be updated this much later than another: frequencies change once in 1.04 s.
    private static let maximumUpdateLag = Nanoseconds.milliseconds(1_100)
    /// Valid sample intervals: from 0.2 Hz to above the maximum rate.
    private static let intervals = Nanoseconds.milliseconds(2)...Nanoseconds.seconds(5)

    /// - Parameter calibration: the last known rest level. It is used once the sensor confirms it.
    package init(_ thresholds: ImpactThresholds = .standard, calibration: RestCalibration? = nil) {
        self.thresholds = thresholds
        guard let calibration else { return }
        (sensorRest, isMomentary, isRestUnconfirmed) = (SensorRest(calibration), calibration.isMomentary, true)
    }

    /// The rest level of the acceleration or, for amplitudes, of the velocity. Nil until it has been learned.
    package var rest: RestLevel? { sensorRest?.primary }

    /// The rest level to store for the next start. Nil while the noise is above the thresholds: restoring it would
    /// raise the limits for longer than the noise lasts.
    package var calibration: RestCalibration? {
        let onset = isMomentary ? thresholds.onsetAcceleration : thresholds.onset
        guard let sensorRest, !isRestUnconfirmed, 2 * sensorRest.primary.noise <= onset,
            isMomentary || 2 * sensorRest.displacement.noise <= thresholds.onsetDisplacement
        else { return nil }
        return RestCalibration(
            sensorRest.primary, isMomentary: isMomentary, displacement: isMomentary ? nil : sensorRest.displacement)
    }

    /// The current limits. Noise at rest can raise them above the thresholds.
    package var motionLimits: MotionLimits {
        MotionLimits(thresholds, noise: sensorRest?.noise ?? QuantityValues())
    }

    /// The limits of onset and peak of the acceleration, in g, or of the velocity, in mm/s.
    package var limits: (onset: Double, peak: Double) {
        let (limits, quantity) = (motionLimits, isMomentary ? MotionQuantity.acceleration : .velocity)
        return (limits.onset[quantity], limits.peak[quantity])
    }

    /// When `advance(to:_:)` has to be called if no samples arrive.
    package var deadline: MonotonicTime? {
        lastArrival.flatMap { activeMotion == nil ? nil : $0 + maximumGap }
    }

    private var maximumGap: Nanoseconds { max(Self.minimumGap, interval * 12) }

    package mutating func receive(
        _ readings: [BT50Reading], at arrival: MonotonicTime, _ found: (ImpactFinding) -> Void
    ) {
        receive(readings.compactMap { ImpactSample($0) }, at: arrival, found)
    }

    /// Processes the samples of a notification, in order.
    package mutating func receive(
        _ samples: [ImpactSample], at arrival: MonotonicTime, _ found: (ImpactFinding) -> Void
    ) {
        guard let last = samples.last else { return }
        // If the mode changes within a notification, the samples of the old mode are dropped.
        let samples = samples.filter { $0.isMomentary == last.isMomentary }
        if let lastArrival, arrival - lastArrival > maximumGap { linkLost(found) }
        if last.isMomentary != isMomentary { changeMode(to: last.isMomentary, found) }
        learnInterval(samples, at: arrival)
        lastArrival = arrival
        counted = counted + interval * Int64(samples.count)
        let end = last.chipTime ?? counted
        clock.record(device: end, at: arrival)
        for (index, sample) in samples.enumerated() {
            let device = sample.chipTime ?? end - interval * Int64(samples.count - 1 - index)
            process(sample, at: clock.time(of: device) ?? arrival, found)
        }
    }

    /// The link was interrupted: reports the motion in progress. The rest level stays until samples contradict it.
    package mutating func linkLost(_ found: (ImpactFinding) -> Void) {
        report(found)
        isRestUnconfirmed = sensorRest != nil
        (activeMotion, previous, lastTime, lastArrival, quietSamples) = (nil, nil, nil, nil, 0)
        (clock, counted, restSamples) = (SampleClock(), .zero, [])
    }

    package mutating func advance(to now: MonotonicTime, _ found: (ImpactFinding) -> Void) {
        if let deadline, now >= deadline { linkLost(found) }
    }

    /// Discards the rest level and learns it again.
    package mutating func calibrate() {
        (sensorRest, isRestUnconfirmed, restSamples, quietSamples) = (nil, false, [], 0)
    }
}

extension ImpactDetector {
    private mutating func changeMode(to isMomentary: Bool, _ found: (ImpactFinding) -> Void) {
        linkLost(found)
        calibrate()
        (self.isMomentary, repetition, decay) = (isMomentary, RepeatedAmplitudeCounter(), RingDown())
    }

    private mutating func learnInterval(_ samples: [ImpactSample], at arrival: MonotonicTime) {
        var latest: Nanoseconds?
        if samples.count > 1 {
            latest = samples[0].age - samples[1].age
        } else if let lastArrival {
            // One sample per notification: the smoothed time between arrivals, unless sample ages are known.
            latest = interval + (arrival - lastArrival - interval) / 16
        }
        if let latest, Self.intervals.contains(latest) { interval = latest }
    }

    private mutating func process(_ sample: ImpactSample, at time: MonotonicTime, _ found: (ImpactFinding) -> Void) {
        sampleCount += 1
        defer { lastTime = time }
        guard let sensorRest, !isRestUnconfirmed else { return learnRest(sample, at: time, found) }
        let limits = motionLimits
        let level = sensorRest.level(
            of: sample, number: sampleCount, at: time, onset: activeMotion?.limits.onset ?? limits.onset)
        repetition.record(sample.motion, isMoving: activeMotion != nil)
        if activeMotion != nil {
            continueMotion(level, sample, found)
        } else if level.level >= 1 {
            begin(level, limits: limits, floor: QuantityValues())
        } else if time >= quietFrom {
            self.sensorRest?.follow(sample.motion, interval: interval.inSeconds)
        }
    }

    private mutating func learnRest(
        _ sample: ImpactSample, at time: MonotonicTime, _ found: (ImpactFinding) -> Void
    ) {
        restSamples.append(sample)
        guard let rest = detectedRest(in: sample) else { return }
        (sensorRest, isRestUnconfirmed, quietSamples) = (rest, false, 0)
        // Report the strongest motion while the rest level was unknown.
        let limits = motionLimits
        let strongest = restSamples.enumerated().map { index, sample in
            let later = Int64(restSamples.count - 1 - index)
            return rest.level(
                of: sample, number: sampleCount - UInt64(later), at: time - interval * later, onset: limits.onset)
        }.max { $0.level < $1.level }
        if let strongest {
            let motion = ActiveMotion(
                onset: strongest.time, onsetError: interval + clock.error, limits: limits, floor: QuantityValues(),
                strongest)
            if motion.likelihood >= 0.5 {
                found(.rejected(.restUnknown, motion.detected(confidence: 0, isMomentary: isMomentary)))
            }
        }
        restSamples = []
    }

    /// The rest level, if it can be determined: the previous one if confirmed, or a newly learned one.
    private mutating func detectedRest(in sample: ImpactSample) -> SensorRest? {
        if isRestUnconfirmed, let sensorRest {
            let level = sensorRest.level(
                of: sample, number: 0, at: MonotonicTime(nanoseconds: 0), onset: motionLimits.onset)
            let deviation =
                isMomentary ? level.values.acceleration / motionLimits.onset.acceleration : level.level
            quietSamples = deviation < 0.5 ? quietSamples + 1 : 0
            if quietSamples >= samplesOfQuiet { return sensorRest }
        }
        return SensorRest(
            learnedFrom: Array(restSamples.suffix(RestLevel.samplesToLearn)), thresholds,
            acceptsNoise: restSamples.count >= RestLevel.maximumSamplesToLearn)
    }

    /// Consecutive quiet samples that count as rest; an oscillation crosses zero as well.
    private var samplesOfQuiet: Int { isMomentary ? 5 : 2 }

    private mutating func begin(_ level: MotionLevel, limits: MotionLimits, floor: QuantityValues) {
        // The onset lies after the last sample below the limit. A repeated value may be as old as its run.
        let before = lastTime.map { level.time - $0 } ?? interval
        let gap = max(before, interval * Int64(repetition.length), .zero)
        // An oscillation may have crossed zero at the first sample.
        let extraError = isMomentary ? interval / 4 : .zero
        activeMotion = ActiveMotion(
            onset: level.time - gap / 2, onsetError: gap / 2 + extraError + clock.error, limits: limits, floor: floor,
            isLateUpdate: isLateUpdate(level, limits), level)
        quietSamples = 0
        decay.begin(level)
    }

    /// Whether the quantities that show this motion are only late to show the previous one, which others showed.
    private func isLateUpdate(_ level: MotionLevel, _ limits: MotionLimits) -> Bool {
        guard activeMotion == nil, !isMomentary, let (onset, seen) = previous,
            level.time - onset <= Self.maximumUpdateLag
        else { return false }
        let shown = QuantitySet(level.values.divided(by: limits.onset), from: 1)
        return !shown.isEmpty && !seen.isEmpty && shown.isDisjoint(with: seen)
    }

    private mutating func continueMotion(
        _ level: MotionLevel, _ sample: ImpactSample, _ found: (ImpactFinding) -> Void
    ) {
        guard var current = activeMotion else { return }
        let expected = decay.updateExpectation(with: level)
        let rises = level.level - current.valley
        let isLate = !isMomentary && current.isShownLate(level, within: Self.maximumUpdateLag)
        let isAnother =
            !isLate && rises >= max(1, 0.4 * current.valley)
            && level.level >= (isMomentary ? 1.6 : 1.25) * expected + 0.5
        if isAnother, level.time - current.onset >= thresholds.deadTime {
            report(found)
            return begin(level, limits: motionLimits, floor: current.valleyValues)
        }
        if isAnother, current.valley < 0.8 * current.peak { current.hasSecondPeakInDeadTime = true }
        current.append(level, isLate: isLate)
        activeMotion = current
        quietSamples = level.level < 0.5 ? quietSamples + 1 : 0
        if current.isReported, level.level >= 1 { classifier.continueHandling(level) }
        let isOver = quietSamples >= samplesOfQuiet
        if isOver || level.time - current.onset >= Self.reportTimeout { report(found) }
        if isOver {
            if repetition.length == 1 { decay.learn(from: current, interval: interval) }
            if !current.isLateUpdate { previous = (current.onset, current.seen) }
            activeMotion = nil
            quietFrom = level.time + Self.recovery
        } else if level.time - current.onset >= Self.maximumMotion {
            settle(current, level, sample, found)
        }
    }

    /// A motion that does not end: either a gong, which decays slowly, or a changed rest level.
    private mutating func settle(
        _ current: ActiveMotion, _ level: MotionLevel, _ sample: ImpactSample, _ found: (ImpactFinding) -> Void
    ) {
        restSamples.append(sample)
        guard
            level.time - current.onset >= Self.maximumMotion + Self.maximumMotion / 2
                || level.level > current.peak / 2 && restSamples.count >= RestLevel.samplesToLearn
        else { return }
        found(.rejected(.restMoved, current.detected(confidence: 0, isMomentary: isMomentary)))
        (activeMotion, sensorRest) = (nil, nil)
    }

    private mutating func report(_ found: (ImpactFinding) -> Void) {
        guard var current = activeMotion, !current.isReported else { return }
        found(classifier.classify(current, thresholds: thresholds, interval: interval, isMomentary: isMomentary))
        if current.hasSecondPeakInDeadTime {
            found(.rejected(.deadTime, current.detected(confidence: 0, isMomentary: isMomentary)))
        }
        current.isReported = true
        activeMotion = current
    }
}
