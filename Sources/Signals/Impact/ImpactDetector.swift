import Clocks
import Devices
import Events

/// Finds impacts in a target sensor's samples and reports why other motions are not impacts.
///
/// The input is the amplitude of velocity or, in "now data" mode, the acceleration without gravity, as deviation from a
/// learnt rest level. Every sample of a notification is used, with its own time. A motion is reported when the target
/// is at rest again, when the next impact begins, or after `reportTimeout`.
package struct ImpactDetector: Sendable {
    /// May change at any time; a motion in progress keeps the limits it began with.
    package var thresholds: ImpactThresholds

    /// Number of samples so far.
    package private(set) var sampleCount: UInt64 = 0
    private var clock = SampleClock()
    private var restSamples: [Vector3] = []
    /// Nil until it has been learnt.
    package private(set) var rest: RestLevel?
    /// The rest level was learnt before an interruption and has not been confirmed since.
    private var isRestUnconfirmed = false
    private var velocityRest = Vector3(x: 0, y: 0, z: 0)
    private var restDisplacement = 0.0
    private var isMomentary = false
    private var interval = Nanoseconds.milliseconds(10)
    /// Sample count times interval: the time base of sensors without a clock.
    private var counted = Nanoseconds.zero
    private var lastArrival: MonotonicTime?
    private var lastTime: MonotonicTime?
    private var repetition = RepeatedAmplitudeCounter()
    private var decay = RingDown()
    private var classifier = ImpactClassifier()
    private var activeMotion: ActiveMotion?
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
    /// Valid sample intervals: from 0.2 Hz to above the maximum rate.
    private static let intervals = Nanoseconds.milliseconds(2)...Nanoseconds.seconds(5)

    /// - Parameter calibration: the last known rest level. It is used once the sensor confirms it.
    package init(_ thresholds: ImpactThresholds = .standard, calibration: RestCalibration? = nil) {
        self.thresholds = thresholds
        guard let calibration else { return }
        (rest, isMomentary, isRestUnconfirmed) = (calibration.level, calibration.isMomentary, true)
    }

    /// The rest level to store for the next start. Nil while the noise is above the thresholds: restoring it would
    /// raise the limits for longer than the noise lasts.
    package var calibration: RestCalibration? {
        let onset = isMomentary ? thresholds.onsetAcceleration : thresholds.onset
        guard let rest, !isRestUnconfirmed, 2 * rest.noise <= onset else { return nil }
        return RestCalibration(rest, isMomentary: isMomentary)
    }

    /// The current limits of onset and peak, in mm/s or g. Noise at rest can raise them above the thresholds.
    package var limits: (onset: Double, peak: Double) {
        let noise = rest?.noise ?? 0
        return isMomentary
            ? (max(thresholds.onsetAcceleration, 2 * noise), max(thresholds.peakAcceleration, 4 * noise))
            : (max(thresholds.onset, 2 * noise), max(thresholds.peak, 4 * noise))
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
        isRestUnconfirmed = rest != nil
        (activeMotion, lastTime, lastArrival, quietSamples) = (nil, nil, nil, 0)
        (clock, counted, restSamples) = (SampleClock(), .zero, [])
    }

    package mutating func advance(to now: MonotonicTime, _ found: (ImpactFinding) -> Void) {
        if let deadline, now >= deadline { linkLost(found) }
    }

    /// Discards the rest level and learns it again.
    package mutating func calibrate() {
        (rest, isRestUnconfirmed, restSamples, quietSamples) = (nil, false, [], 0)
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
        let value: Vector3
        switch sample.motion {
        case .amplitude(let velocity, _): value = velocity
        case .momentary(let acceleration, _): value = acceleration
        }
        defer { lastTime = time }
        guard let rest, !isRestUnconfirmed else { return learnRest(value, sample, at: time, found) }
        let level = level(of: sample, value - rest.base, at: time)
        repetition.record(sample.motion, isMoving: activeMotion != nil)
        if activeMotion == nil {
            if level.level >= limits.onset {
                begin(level, floor: 0)
            } else if time >= quietFrom {
                followRest(value, sample)
            }
        } else {
            continueMotion(level, value, found)
        }
    }

    private func level(of sample: ImpactSample, _ deviation: Vector3, at time: MonotonicTime) -> MotionLevel {
        switch sample.motion {
        case .amplitude(_, let displacement):
            MotionLevel(
                number: sampleCount, time: time, level: deviation.largestComponent, velocity: deviation,
                displacement: displacement.largestComponent, isSaturated: sample.isSaturated)
        case .momentary(_, let velocity):
            MotionLevel(
                number: sampleCount, time: time, level: deviation.length, velocity: velocity - velocityRest,
                displacement: nil, isSaturated: sample.isSaturated)
        }
    }

    private mutating func followRest(_ value: Vector3, _ sample: ImpactSample) {
        // Gravity turns with the sensor and drifts with temperature; amplitudes hardly change.
        rest?.follow(
            value, interval: interval.inSeconds, settling: isMomentary ? 1 : 10, minimumNoise: isMomentary ? 0.005 : 0.5
        )
        switch sample.motion {
        case .amplitude(_, let displacement):
            let share = min(1, interval.inSeconds)
            restDisplacement += share * (displacement.largestComponent - restDisplacement)
        case .momentary(_, let velocity):
            var follower = RestLevel(base: velocityRest, noise: 1)
            follower.follow(velocity, interval: interval.inSeconds, settling: 1, minimumNoise: 1)
            velocityRest = follower.base
        }
    }

    private mutating func learnRest(
        _ value: Vector3, _ sample: ImpactSample, at time: MonotonicTime, _ found: (ImpactFinding) -> Void
    ) {
        restSamples.append(value)
        guard let rest = detectedRest(in: value) else { return }
        (self.rest, isRestUnconfirmed, quietSamples) = (rest, false, 0)
        // Report the strongest motion while the rest level was unknown.
        let strongest = restSamples.enumerated().max {
            ($0.element - rest.base).largestComponent < ($1.element - rest.base).largestComponent
        }
        if let strongest, (strongest.element - rest.base).largestComponent >= limits.peak {
            let later = Int64(restSamples.count - 1 - strongest.offset)
            let level = MotionLevel(
                number: sampleCount - UInt64(later), time: time - interval * later,
                level: (strongest.element - rest.base).largestComponent, velocity: strongest.element - rest.base,
                displacement: nil, isSaturated: sample.isSaturated)
            let motion = ActiveMotion(
                onset: level.time, onsetError: interval + clock.error, limits: limits, floor: 0,
                restDisplacement: 0, level)
            found(.rejected(.restUnknown, motion.detected(confidence: 0, isMomentary: isMomentary)))
        }
        restSamples = []
    }

    /// The rest level, if it can be determined: the previous one if confirmed, or a newly learnt one.
    private mutating func detectedRest(in value: Vector3) -> RestLevel? {
        if isRestUnconfirmed, let rest {
            let deviation = value - rest.base
            let level = isMomentary ? deviation.length : deviation.largestComponent
            quietSamples = level < limits.onset / 2 ? quietSamples + 1 : 0
            if quietSamples >= samplesOfQuiet { return rest }
        }
        return RestLevel(
            learntFrom: Array(restSamples.suffix(RestLevel.samplesToLearn)),
            limit: isMomentary ? thresholds.onsetAcceleration : thresholds.onset,
            acceptsNoise: restSamples.count >= RestLevel.maximumSamplesToLearn)
    }

    /// Consecutive quiet samples that count as rest; an oscillation crosses zero as well.
    private var samplesOfQuiet: Int { isMomentary ? 5 : 2 }

    private mutating func begin(_ level: MotionLevel, floor: Double) {
        // The onset lies after the last sample below the limit. A repeated value may be as old as its run.
        let before = lastTime.map { level.time - $0 } ?? interval
        let gap = max(before, interval * Int64(repetition.length), .zero)
        // An oscillation may have crossed zero at the first sample.
        let extraError = isMomentary ? interval / 4 : .zero
        activeMotion = ActiveMotion(
            onset: level.time - gap / 2, onsetError: gap / 2 + extraError + clock.error, limits: limits, floor: floor,
            restDisplacement: restDisplacement, level)
        quietSamples = 0
        decay.begin(level)
    }

    private mutating func continueMotion(_ level: MotionLevel, _ value: Vector3, _ found: (ImpactFinding) -> Void) {
        guard var current = activeMotion else { return }
        let expected = decay.updateExpectation(with: level)
        let rises = level.level - current.valley
        let isAnother =
            rises >= max(current.onsetLimit, 0.4 * current.valley)
            && level.level >= (isMomentary ? 1.6 : 1.25) * expected + current.onsetLimit / 2
        if isAnother, level.time - current.onset >= thresholds.deadTime {
            report(found)
            return begin(level, floor: current.valley)
        }
        if isAnother, current.valley < 0.8 * current.peak { current.hasSecondPeakInDeadTime = true }
        current.append(level)
        activeMotion = current
        quietSamples = level.level < current.onsetLimit / 2 ? quietSamples + 1 : 0
        if current.isReported, level.level >= current.onsetLimit { classifier.continueHandling(level) }
        let isOver = quietSamples >= samplesOfQuiet
        if isOver || level.time - current.onset >= Self.reportTimeout { report(found) }
        if isOver {
            if repetition.length == 1 { decay.learn(from: current, interval: interval) }
            activeMotion = nil
            quietFrom = level.time + Self.recovery
        } else if level.time - current.onset >= Self.maximumMotion {
            settle(current, level, value, found)
        }
    }

    /// A motion that does not end: either a gong, which decays slowly, or a changed rest level.
    private mutating func settle(
        _ current: ActiveMotion, _ level: MotionLevel, _ value: Vector3, _ found: (ImpactFinding) -> Void
    ) {
        restSamples.append(value)
        guard
            level.time - current.onset >= Self.maximumMotion + Self.maximumMotion / 2
                || level.level > current.peak / 2 && restSamples.count >= RestLevel.samplesToLearn
        else { return }
        found(.rejected(.restMoved, current.detected(confidence: 0, isMomentary: isMomentary)))
        (activeMotion, rest) = (nil, nil)
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
