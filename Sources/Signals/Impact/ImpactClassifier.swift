import Clocks
import Events

/// Decides whether a motion was an impact, and how sure that is.
///
/// The confidence of an impact is 0.5 for having passed every test, and up to 0.5 more:
///
///     confidence = 0.5 + 0.5 · (0.5 · margin + 0.3 · sharpness + 0.2 · support)
///
/// - margin: how far the peak is above its limit; 0 at the limit, 1 at three times the limit.
/// - sharpness: 1 for a peak that is there at once, 0 for one that takes as long as is allowed.
/// - support: 1 if at least two samples and a second quantity show it (displacement beside the amplitude of velocity,
///   velocity beside acceleration), 0.5 for one of the two.
///
/// It is halved when the sensor was at its limit, and 0 for what was refused.
struct ImpactClassifier: Sendable {
    /// Somebody is busy with the target until then, and that strongly.
    private var handledUntil: MonotonicTime?
    private var handlingLevel = 0.0

    /// After a motion that was no blow, so long nothing but a much stronger blow counts.
    private static let handlingTime = Nanoseconds.milliseconds(500)
    private static let handlingFactor = 2.5
    private static let maximumSaturatedSamples = 10

    mutating func classify(
        _ blow: ActiveMotion, thresholds: ImpactThresholds, interval: Nanoseconds, isMomentary: Bool
    ) -> ImpactFinding {
        // A wave is not always caught at its top.
        let longestRise = thresholds.maximumRise + interval * (isMomentary ? 3 : 1)
        func reject(_ reason: ImpactReject) -> ImpactFinding {
            .rejected(reason, blow.motion(confidence: 0, isMomentary: isMomentary))
        }
        if blow.saturatedSamples > Self.maximumSaturatedSamples { return reject(.saturated) }
        // A blow calms down, a hand holds on. Only a gong does neither, and that is struck at once.
        let isSlow = blow.rise > (blow.isSustained ? longestRise / 2 : longestRise)
        if let handledUntil, blow.onset < handledUntil, blow.peak < handlingLevel * Self.handlingFactor {
            if isSlow || blow.peak >= blow.peakLimit { beginHandling(blow) }
            return reject(.handling)
        }
        if blow.peak < blow.peakLimit {
            if isSlow { beginHandling(blow) }
            return reject(isSlow ? .slowRise : .belowPeak)
        }
        if isSlow {
            beginHandling(blow)
            return reject(.slowRise)
        }
        let confidence = confidence(of: blow, longestRise: longestRise, isMomentary: isMomentary)
        return .impact(blow.motion(confidence: confidence, isMomentary: isMomentary))
    }

    /// A motion that was told already goes on. If that was handling, it still is.
    mutating func continueHandling(_ level: MotionLevel) {
        guard let handledUntil, level.time < handledUntil else { return }
        handlingLevel = max(handlingLevel, level.level)
        self.handledUntil = level.time + Self.handlingTime
    }

    private mutating func beginHandling(_ blow: ActiveMotion) {
        let isStill = handledUntil.map { blow.onset < $0 } ?? false
        handlingLevel = max(isStill ? handlingLevel * 0.8 : 0, blow.peak)
        handledUntil = blow.lastTime + Self.handlingTime
    }

    private func confidence(of blow: ActiveMotion, longestRise: Nanoseconds, isMomentary: Bool) -> Double {
        let margin = min(1, max(0, (blow.peak / blow.peakLimit - 1) / 2))
        let sharpness = longestRise > .zero ? max(0, 1 - blow.rise.inSeconds / longestRise.inSeconds) : 1
        let isSeenTwice = blow.samplesAboveOnset >= 2
        let isSeenOtherwise =
            isMomentary
            ? blow.peakVelocity > 0 : (blow.peakDisplacement ?? 0) > 2 * blow.restDisplacement
        let support = (isSeenTwice ? 0.5 : 0) + (isSeenOtherwise ? 0.5 : 0)
        let whole = 0.5 + 0.5 * (0.5 * margin + 0.3 * sharpness + 0.2 * support)
        return blow.saturatedSamples > 0 ? whole / 2 : whole
    }
}
