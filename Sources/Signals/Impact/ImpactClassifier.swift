import Clocks
import Events

/// Decides whether a motion is an impact, with a confidence.
///
/// Each quantity gives odds for an impact: the eighth power of its peak as a multiple of its limit. The likelihood joins
/// them: it is that at least one is right. At the limit, one quantity alone gives a half, which counts as an impact; two
/// quantities at nine tenths of their limits do so together.
///
/// The confidence of an impact is 0.5 for passing all checks, plus up to 0.5:
///
///     confidence = 0.5 + 0.5 · (0.5 · margin + 0.3 · sharpness + 0.2 · support)
///
/// - margin: how far the strongest peak exceeds its limit; 0 at the limit, 1 at three times the limit.
/// - sharpness: 1 for an immediate peak, 0 for the longest permitted rise.
/// - support: 1 if at least two samples and a second quantity show the motion, 0.5 for one of the two.
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

    static func likelihood(_ strengths: QuantityValues) -> Double {
        func doubt(_ strength: Double) -> Double {
            let square = strength * strength
            return 1 / (1 + square * square * square * square)
        }
        return 1 - doubt(strengths.velocity) * doubt(strengths.displacement) * doubt(strengths.acceleration)
    }

    mutating func classify(
        _ motion: ActiveMotion, thresholds: ImpactThresholds, interval: Nanoseconds, isMomentary: Bool
    ) -> ImpactFinding {
        // An oscillation is not always sampled at its peak.
        let maximumRise = thresholds.maximumRise + interval * (isMomentary ? 3 : 1)
        func reject(_ reason: ImpactReject) -> ImpactFinding {
            .rejected(reason, motion.detected(confidence: 0, isMomentary: isMomentary))
        }
        if motion.saturatedSamples > Self.maximumSaturatedSamples { return reject(.saturated) }
        if motion.isLateUpdate { return reject(.deadTime) }
        // Impacts decay, motions by hand do not. Gongs decay slowly, but rise immediately.
        let isSlow = motion.rise > (motion.isSustained ? maximumRise / 2 : maximumRise)
        let isStrong = motion.likelihood >= 0.5
        if let handledUntil, motion.onset < handledUntil, motion.peak < handlingLevel * Self.handlingFactor {
            if isSlow || isStrong { beginHandling(motion) }
            return reject(.handling)
        }
        if !isStrong {
            if isSlow { beginHandling(motion) }
            return reject(isSlow ? .slowRise : .belowPeak)
        }
        if isSlow {
            beginHandling(motion)
            return reject(.slowRise)
        }
        let confidence = confidence(of: motion, maximumRise: maximumRise)
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

    private func confidence(of motion: ActiveMotion, maximumRise: Nanoseconds) -> Double {
        let margin = min(1, max(0, (motion.strengths.largest - 1) / 2))
        let sharpness = maximumRise > .zero ? max(0, 1 - motion.rise.inSeconds / maximumRise.inSeconds) : 1
        let isSeenTwice = motion.samplesAboveOnset >= 2
        let isSeenOtherwise = motion.hasSecondQuantity
        let support = (isSeenTwice ? 0.5 : 0) + (isSeenOtherwise ? 0.5 : 0)
        let whole = 0.5 + 0.5 * (0.5 * margin + 0.3 * sharpness + 0.2 * support)
        return motion.saturatedSamples > 0 ? whole / 2 : whole
    }
}
