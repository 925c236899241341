import Clocks
import Events

/// When a motion counts as an impact. Set per sensor; may change at any time.
package struct ImpactThresholds: Hashable, Sendable {
    /// A motion begins when the largest deviation from rest on any axis reaches this, in mm/s, and ends below half of
    /// it.
    package var onset: Double
    /// Minimum peak of an impact, in mm/s.
    package var peak: Double
    /// The same limits for sensors that report momentary accelerations, in g.
    package var onsetAcceleration: Double
    package var peakAcceleration: Double
    /// Maximum time from the onset to 70 % of the peak; motions by hand take longer.
    package var maximumRise: Nanoseconds
    /// Minimum time between the onsets of two impacts.
    package var deadTime: Nanoseconds

    package init(
        onset: Double = 10, peak: Double = 30, onsetAcceleration: Double = 0.4, peakAcceleration: Double = 1.2,
        maximumRise: Nanoseconds = .milliseconds(45), deadTime: Nanoseconds = .milliseconds(50)
    ) {
        self.onset = onset
        self.peak = peak
        self.onsetAcceleration = onsetAcceleration
        self.peakAcceleration = peakAcceleration
        self.maximumRise = maximumRise
        self.deadTime = deadTime
    }

    package static let standard = Self()

    /// Whether all values are in range.
    package var areValid: Bool {
        onset > 0 && peak >= onset && peak <= 32_767 && onsetAcceleration > 0
            && peakAcceleration >= onsetAcceleration && peakAcceleration <= 16
            && maximumRise >= .zero && maximumRise <= .seconds(2) && deadTime >= .zero && deadTime <= .seconds(2)
    }
}

/// Decides whether a motion is an impact, with a confidence.
///
/// The confidence of an impact is 0.5 for passing all checks, plus up to 0.5:
///
///     confidence = 0.5 + 0.5 · (0.5 · margin + 0.3 · sharpness + 0.2 · support)
///
/// - margin: how far the peak exceeds its limit; 0 at the limit, 1 at three times the limit.
/// - sharpness: 1 for an immediate peak, 0 for the longest permitted rise.
/// - support: 1 if at least two samples and a second quantity show the motion (displacement for amplitudes of velocity,
///   velocity for accelerations), 0.5 for one of the two.
///
/// It is halved if the sensor was saturated, and 0 for rejected motions.
struct ImpactClassifier: Sendable {
    /// The target is being handled until then, with this level.
    private var handledUntil: MonotonicTime?
    private var handlingLevel = 0.0

    /// After a motion by hand, only a much stronger impact counts for this long.
    private static let handlingTime = Nanoseconds.milliseconds(500)
    private static let handlingFactor = 2.5
    private static let maximumSaturatedSamples = 10

    mutating func classify(
        _ motion: ActiveMotion, thresholds: ImpactThresholds, interval: Nanoseconds, isMomentary: Bool
    ) -> ImpactFinding {
        // An oscillation is not always sampled at its peak.
        let maximumRise = thresholds.maximumRise + interval * (isMomentary ? 3 : 1)
        func reject(_ reason: ImpactReject) -> ImpactFinding {
            .rejected(reason, motion.detected(confidence: 0, isMomentary: isMomentary))
        }
        if motion.saturatedSamples > Self.maximumSaturatedSamples { return reject(.saturated) }
        // Impacts decay, motions by hand do not. Gongs decay slowly, but rise immediately.
        let isSlow = motion.rise > (motion.isSustained ? maximumRise / 2 : maximumRise)
        if let handledUntil, motion.onset < handledUntil, motion.peak < handlingLevel * Self.handlingFactor {
            if isSlow || motion.peak >= motion.peakLimit { beginHandling(motion) }
            return reject(.handling)
        }
        if motion.peak < motion.peakLimit {
            if isSlow { beginHandling(motion) }
            return reject(isSlow ? .slowRise : .belowPeak)
        }
        if isSlow {
            beginHandling(motion)
            return reject(.slowRise)
        }
        let confidence = confidence(of: motion, maximumRise: maximumRise, isMomentary: isMomentary)
        return .impact(motion.detected(confidence: confidence, isMomentary: isMomentary))
    }

    /// A reported motion continues: extends the handling time if the target is being handled.
    mutating func continueHandling(_ level: MotionLevel) {
        guard let handledUntil, level.time < handledUntil else { return }
        handlingLevel = max(handlingLevel, level.level)
        self.handledUntil = level.time + Self.handlingTime
    }

    private mutating func beginHandling(_ motion: ActiveMotion) {
        let isStill = handledUntil.map { motion.onset < $0 } ?? false
        handlingLevel = max(isStill ? handlingLevel * 0.8 : 0, motion.peak)
        handledUntil = motion.lastTime + Self.handlingTime
    }

    private func confidence(of motion: ActiveMotion, maximumRise: Nanoseconds, isMomentary: Bool) -> Double {
        let margin = min(1, max(0, (motion.peak / motion.peakLimit - 1) / 2))
        let sharpness = maximumRise > .zero ? max(0, 1 - motion.rise.inSeconds / maximumRise.inSeconds) : 1
        let isSeenTwice = motion.samplesAboveOnset >= 2
        let isSeenOtherwise =
            isMomentary
            ? motion.peakVelocity > 0 : (motion.peakDisplacement ?? 0) > 2 * motion.restDisplacement
        let support = (isSeenTwice ? 0.5 : 0) + (isSeenOtherwise ? 0.5 : 0)
        let whole = 0.5 + 0.5 * (0.5 * margin + 0.3 * sharpness + 0.2 * support)
        return motion.saturatedSamples > 0 ? whole / 2 : whole
    }
}
