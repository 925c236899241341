import Clocks
import Events

/// A motion that is under way, from its onset on.
struct ActiveMotion: Sendable {
    let onset: MonotonicTime
    let onsetError: Nanoseconds
    let onsetLimit: Double
    let peakLimit: Double
    /// What remained of the motion before.
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
    /// When it was last at least half of the peak.
    private(set) var lastAboveHalf: MonotonicTime
    private(set) var lastTime: MonotonicTime
    /// A blow too soon after the onset was seen.
    var hasSecondPeakInDeadTime = false
    /// It has been told of already; what remains is its end.
    var isReported = false
    /// The first levels, for the rise.
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

    /// It has not calmed down by half for as long as it was watched.
    var isSustained: Bool { lastTime - onset >= ImpactDetector.reportTimeout && valley * 2 > peak }

    /// From the onset to the first sample at 70 % of the peak, counted from what remained of the motion before.
    var rise: Nanoseconds {
        let most = floor + 0.7 * (peak - floor)
        return (beginning.first { $0.level >= most }?.time ?? peakTime) - (beginning.first?.time ?? onset)
    }

    func motion(confidence: Double, isMomentary: Bool) -> DetectedMotion {
        DetectedMotion(
            onset: onset, onsetError: onsetError, peakVelocity: peakVelocity, axes: axes,
            peakAcceleration: isMomentary ? peak : nil, peakDisplacement: peakDisplacement, rise: rise,
            duration: lastTime - onset, confidence: confidence, samples: first...last,
            isSaturated: saturatedSamples > 0, onsetLimit: onsetLimit, peakLimit: peakLimit)
    }
}

/// A sample, seen from rest.
struct MotionLevel: Sendable {
    let number: UInt64
    let time: MonotonicTime
    /// The deviation from rest that limits are compared with: mm/s of amplitudes, g of momentary values.
    let level: Double
    /// The deviation in mm/s.
    let velocity: Vector3
    /// In µm, as the sensor tells it.
    let displacement: Double?
    let isSaturated: Bool
}
