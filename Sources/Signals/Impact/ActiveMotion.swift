import Clocks
import Events

/// A motion in progress, from its onset on.
struct ActiveMotion: Sendable {
    let onset: MonotonicTime
    let onsetError: Nanoseconds
    let limits: MotionLimits
    /// The residual values of the previous motion.
    let floor: QuantityValues
    let first: UInt64
    private(set) var last: UInt64
    /// The highest level, as a multiple of the onset limit.
    private(set) var peak = 0.0
    private(set) var peakTime: MonotonicTime
    /// The highest value of each quantity.
    private(set) var peaks = QuantityValues()
    private(set) var peakVelocity = 0.0
    private(set) var axes = Vector3(x: 0, y: 0, z: 0)
    /// The lowest level since the peak, and the values then.
    private(set) var valley = 0.0
    private(set) var valleyValues = QuantityValues()
    private(set) var samplesAboveOnset = 0
    private(set) var saturatedSamples = 0
    /// The last time the level was at least half of the peak.
    private(set) var lastAboveHalf: MonotonicTime
    private(set) var lastTime: MonotonicTime
    /// Another quantity showed the same motion earlier.
    let isLateUpdate: Bool
    /// A second peak was seen too soon after the onset.
    var hasSecondPeakInDeadTime = false
    /// The finding has been reported; only the end is missing.
    var isReported = false
    /// The first values, for the rise time.
    private var beginning: [(time: MonotonicTime, values: QuantityValues)] = []
    private static let maximumBeginning = 64

    init(
        onset: MonotonicTime, onsetError: Nanoseconds, limits: MotionLimits, floor: QuantityValues,
        isLateUpdate: Bool = false, _ level: MotionLevel
    ) {
        self.onset = onset
        self.onsetError = onsetError
        self.limits = limits
        self.floor = floor
        self.isLateUpdate = isLateUpdate
        (first, last) = (level.number, level.number)
        (peakTime, lastAboveHalf, lastTime) = (level.time, level.time, level.time)
        append(level)
    }

    /// - Parameter isLate: it is high only because of a quantity that shows the motion later than others.
    mutating func append(_ level: MotionLevel, isLate: Bool = false) {
        last = level.number
        lastTime = level.time
        if beginning.count < Self.maximumBeginning { beginning.append((level.time, level.values)) }
        if level.level > peak {
            (peak, peakTime, valley, valleyValues) = (level.level, level.time, level.level, level.values)
        } else if level.level < valley {
            (valley, valleyValues) = (level.level, level.values)
        }
        if isLate { (valley, valleyValues) = (level.level, level.values) }
        peaks.raise(to: level.values)
        if level.velocity.largestComponent > peakVelocity {
            (peakVelocity, axes) = (level.velocity.largestComponent, level.velocity)
        }
        if level.level >= 1 { samplesAboveOnset += 1 }
        if level.level * 2 >= peak { lastAboveHalf = level.time }
        if level.isSaturated { saturatedSamples += 1 }
    }

    /// The peaks as multiples of their limits.
    var strengths: QuantityValues { peaks.divided(by: limits.peak) }
    var likelihood: Double { ImpactClassifier.likelihood(strengths) }
    var seen: QuantitySet { QuantitySet(peaks.divided(by: limits.onset), from: 1) }
    var hasSecondQuantity: Bool { seen.rawValue.nonzeroBitCount > 1 }

    /// Whether a level is high only because of a quantity that had not shown the motion yet.
    func isShownLate(_ level: MotionLevel, within lag: Nanoseconds) -> Bool {
        let levels = level.values.divided(by: limits.onset)
        guard levels.largest >= 1, !seen.isEmpty, level.time - onset <= lag else { return false }
        return QuantitySet(levels, from: levels.largest).isDisjoint(with: seen)
    }

    /// The quantity that exceeds its limit the most.
    var decidedBy: MotionQuantity {
        let strengths = strengths
        if strengths.acceleration >= max(strengths.velocity, strengths.displacement) { return .acceleration }
        return strengths.velocity >= strengths.displacement ? .velocity : .displacement
    }

    /// The level never fell to half of the peak during the observation time.
    var isSustained: Bool { lastTime - onset >= ImpactDetector.reportTimeout && valley * 2 > peak }

    /// From the onset to 70 % of the peak, by the fastest of the quantities that matter: others may be updated later.
    var rise: Nanoseconds {
        let strengths = strengths
        let least = strengths.largest / 2
        return MotionQuantity.allCases.lazy.filter { strengths[$0] >= least }.map(rise).min() ?? .zero
    }

    /// From the onset to the first sample at 70 % of the peak, measured from `floor`.
    private func rise(_ quantity: MotionQuantity) -> Nanoseconds {
        let floor = floor[quantity]
        let threshold = floor + 0.7 * (peaks[quantity] - floor)
        return (beginning.first { $0.values[quantity] >= threshold }?.time ?? peakTime)
            - (beginning.first?.time ?? onset)
    }

    func detected(confidence: Double, isMomentary: Bool) -> DetectedMotion {
        DetectedMotion(
            onset: onset, onsetError: onsetError, peakVelocity: peakVelocity, axes: axes,
            peakAcceleration: isMomentary ? peaks.acceleration : nil, peakDisplacement: peaks.displacement,
            peaks: peaks, decidedBy: decidedBy, likelihood: likelihood, limits: limits, rise: rise,
            duration: lastTime - onset,
            confidence: confidence, samples: first...last, isSaturated: saturatedSamples > 0)
    }
}

/// A sample as deviation from rest.
struct MotionLevel: Sendable {
    let number: UInt64
    let time: MonotonicTime
    /// How far each quantity is above its rest level; amplitudes below it do not count.
    let values: QuantityValues
    /// The largest deviation, up or down, as a multiple of the onset limit.
    let level: Double
    let velocity: Vector3
    let isSaturated: Bool
}

/// The exponential decay of a target's vibration. The half-life is learned from undisturbed motions; a level above the
/// expected decay indicates another impact.
struct RingDown: Sendable {
    /// In seconds.
    private(set) var halfLife = 0.06
    private var learnedMotions = 0
    private var level = 0.0
    private var time: MonotonicTime?

    private static let limits = 0.015...0.4

    mutating func begin(_ sample: MotionLevel) {
        (level, time) = (sample.level, sample.time)
    }

    /// Returns the expected level at this sample; continues from the larger of expected and actual level.
    mutating func updateExpectation(with sample: MotionLevel) -> Double {
        let expected = level * Self.share(after: sample.time - (time ?? sample.time), halfLife: halfLife)
        (level, time) = (max(expected, sample.level), sample.time)
        return expected
    }

    mutating func learn(from motion: ActiveMotion, interval: Nanoseconds) {
        guard motion.likelihood >= 0.5 else { return }
        let seen = (motion.lastAboveHalf - motion.peakTime).inSeconds + interval.inSeconds / 2
        learnedMotions = min(learnedMotions + 1, 5)
        let learned = halfLife + (seen - halfLife) / Double(learnedMotions)
        halfLife = min(max(learned, Self.limits.lowerBound), Self.limits.upperBound)
    }

    /// The remaining share of 1 after a time: powers of two, interpolated linearly.
    private static func share(after time: Nanoseconds, halfLife: Double) -> Double {
        let halvings = max(0, time.inSeconds / halfLife)
        guard halvings < 60 else { return 0 }
        let whole = halvings.rounded(.down)
        return Double(sign: .plus, exponent: -Int(whole), significand: 1) * (1 - (halvings - whole) / 2)
    }
}

/// Some sensors update their amplitudes only occasionally and repeat the last value in between: a change was then
/// measured at any time since the previous sample value.
struct RepeatedAmplitudeCounter: Sendable {
    private var last: ImpactSample.Motion?
    /// Number of consecutive equal samples so far.
    private(set) var run = 0
    /// Number of samples that share a value, as observed during motions; 1 if each sample is new.
    private(set) var length = 1

    /// Two equal values in a row occur by chance at the end of a motion; four do not.
    private static let minimumRun = 4

    mutating func record(_ motion: ImpactSample.Motion, isMoving: Bool) {
        defer { last = motion }
        guard motion == last else {
            if isMoving, run > 1 || length > 1 {
                // A shorter run can be the first of a motion; a longer one can be two equal values.
                length = run >= Self.minimumRun ? run : max(1, length - 1)
            }
            run = 1
            return
        }
        run += 1
        if isMoving, run >= Self.minimumRun { length = max(length, run) }
    }
}
