import Clocks
import Events

/// A motion in progress, from its onset on.
struct ActiveMotion: Sendable {
    let onset: MonotonicTime
    let onsetError: Nanoseconds
    let onsetLimit: Double
    let peakLimit: Double
    /// The residual level of the previous motion.
    let floor: Double
    /// The sensor's displacement at rest.
    let restDisplacement: Double
    let first: UInt64
    private(set) var last: UInt64
    /// In the unit of the limits.
    private(set) var peak = 0.0
    private(set) var peakTime: MonotonicTime
    private(set) var peakVelocity = 0.0
    private(set) var axes = Vector3(x: 0, y: 0, z: 0)
    private(set) var peakDisplacement: Double?
    /// The lowest level since the peak.
    private(set) var valley = 0.0
    private(set) var samplesAboveOnset = 0
    private(set) var saturatedSamples = 0
    /// The last time the level was at least half of the peak.
    private(set) var lastAboveHalf: MonotonicTime
    private(set) var lastTime: MonotonicTime
    /// A second peak was seen too soon after the onset.
    var hasSecondPeakInDeadTime = false
    /// The finding has been reported; only the end is missing.
    var isReported = false
    /// The first levels, for the rise time.
    private var beginning: [(time: MonotonicTime, level: Double)] = []
    private static let maximumBeginning = 64

    init(
        onset: MonotonicTime, onsetError: Nanoseconds, limits: (onset: Double, peak: Double), floor: Double,
        restDisplacement: Double, _ level: MotionLevel
    ) {
        self.restDisplacement = restDisplacement
        self.onset = onset
        self.onsetError = onsetError
        (onsetLimit, peakLimit) = limits
        self.floor = floor
        (first, last) = (level.number, level.number)
        (peakTime, lastAboveHalf, lastTime) = (level.time, level.time, level.time)
        append(level)
    }

    mutating func append(_ level: MotionLevel) {
        last = level.number
        lastTime = level.time
        if beginning.count < Self.maximumBeginning { beginning.append((level.time, level.level)) }
        if level.level > peak {
            (peak, peakTime, valley) = (level.level, level.time, level.level)
        } else {
            valley = min(valley, level.level)
        }
        if level.velocity.largestComponent > peakVelocity {
            (peakVelocity, axes) = (level.velocity.largestComponent, level.velocity)
        }
        if let displacement = level.displacement { peakDisplacement = max(peakDisplacement ?? 0, displacement) }
        if level.level >= onsetLimit { samplesAboveOnset += 1 }
        if level.level * 2 >= peak { lastAboveHalf = level.time }
        if level.isSaturated { saturatedSamples += 1 }
    }

    /// The level never fell to half of the peak during the observation time.
    var isSustained: Bool { lastTime - onset >= ImpactDetector.reportTimeout && valley * 2 > peak }

    /// From the onset to the first sample at 70 % of the peak, measured from `floor`.
    var rise: Nanoseconds {
        let threshold = floor + 0.7 * (peak - floor)
        return (beginning.first { $0.level >= threshold }?.time ?? peakTime) - (beginning.first?.time ?? onset)
    }

    func detected(confidence: Double, isMomentary: Bool) -> DetectedMotion {
        DetectedMotion(
            onset: onset, onsetError: onsetError, peakVelocity: peakVelocity, axes: axes,
            peakAcceleration: isMomentary ? peak : nil, peakDisplacement: peakDisplacement, rise: rise,
            duration: lastTime - onset, confidence: confidence, samples: first...last,
            isSaturated: saturatedSamples > 0, onsetLimit: onsetLimit, peakLimit: peakLimit)
    }
}

/// A sample as deviation from rest.
struct MotionLevel: Sendable {
    let number: UInt64
    let time: MonotonicTime
    /// The deviation that is compared with the limits: mm/s for amplitudes, g for momentary values.
    let level: Double
    let velocity: Vector3
    /// In µm, as reported by the sensor.
    let displacement: Double?
    let isSaturated: Bool
}

/// The exponential decay of a target's vibration. The half-life is learnt from undisturbed motions; a level above the
/// expected decay indicates another impact.
struct RingDown: Sendable {
    /// In seconds.
    private(set) var halfLife = 0.06
    private var learntMotions = 0
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
        guard motion.peak >= motion.peakLimit else { return }
        let seen = (motion.lastAboveHalf - motion.peakTime).inSeconds + interval.inSeconds / 2
        learntMotions = min(learntMotions + 1, 5)
        let learnt = halfLife + (seen - halfLife) / Double(learntMotions)
        halfLife = min(max(learnt, Self.limits.lowerBound), Self.limits.upperBound)
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
