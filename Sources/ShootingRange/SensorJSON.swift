import Clocks
import Events
import JSON
import Signals

/// The state of a sensor for the API.
package struct RangeSensorStatus: Sendable {
    package let id: String
    package let name: String
    package let target: String?
    package let isConnected: Bool
    package let thresholds: ImpactThresholds
    /// The current limits, including noise.
    package let limits: MotionLimits
    package let isMomentary: Bool
    /// Nil until it has been learned.
    package let rest: RestLevel?
    package let delay: DelayEstimate?
    package let samples: UInt64
    package let impacts: UInt64
    package let rejects: [ImpactReject: UInt64]
    package let lastImpact: WallTime?
    /// The time covered by the buffered samples.
    package let historySpan: Nanoseconds
    package let recording: String?
    /// The latest calibration by taps.
    package let taps: TapCalibration?

    package init(
        id: String, name: String, target: String?, isConnected: Bool, thresholds: ImpactThresholds,
        limits: MotionLimits, isMomentary: Bool = false, rest: RestLevel?, delay: DelayEstimate?, samples: UInt64,
        impacts: UInt64,
        rejects: [ImpactReject: UInt64], lastImpact: WallTime?, historySpan: Nanoseconds, recording: String?,
        taps: TapCalibration? = nil
    ) {
        self.id = id
        self.name = name
        self.target = target
        self.isConnected = isConnected
        self.thresholds = thresholds
        self.limits = limits
        self.isMomentary = isMomentary
        self.rest = rest
        self.delay = delay
        self.samples = samples
        self.impacts = impacts
        self.rejects = rejects
        self.lastImpact = lastImpact
        self.historySpan = historySpan
        self.recording = recording
        self.taps = taps
    }
}

/// A sensor's learned delay from shot to impact, in seconds.
package struct DelayEstimate: Hashable, Sendable {
    package let mean: Double
    /// Error bound of `mean` (95 %).
    package let error: Double
    /// Standard deviation of single delays.
    package let deviation: Double
    /// Number of pairs learned from.
    package let count: Int
    /// Whether the error bound is within 5 ms.
    package let isExact: Bool

    package init(mean: Double, error: Double, deviation: Double, count: Int, isExact: Bool) {
        self.mean = mean
        self.error = error
        self.deviation = deviation
        self.count = count
        self.isExact = isExact
    }
}

/// Sensors, thresholds and findings as JSON.
package enum SensorJSON {
    package static func write(_ sensor: RangeSensorStatus, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", sensor.id)
        writer.member("name", sensor.name)
        writer.key("target")
        if let target = sensor.target { writer.string(target) } else { writer.null() }
        writer.member("connected", sensor.isConnected)
        writer.key("thresholds")
        write(sensor.thresholds, to: &writer)
        writer.key("limits")
        write(sensor.limits, isMomentary: sensor.isMomentary, to: &writer)
        writer.key("baseline")
        write(sensor.rest, to: &writer)
        writer.key("delay")
        write(sensor.delay, to: &writer)
        writer.member("samples", sensor.samples)
        writer.member("impacts", sensor.impacts)
        writer.key("refused")
        writer.beginObject()
        for reason in ImpactReject.allCases {
            if let count = sensor.rejects[reason] {
                writer.key(reason.rawValue)
                writer.integer(count)
            }
        }
        writer.endObject()
        if let last = sensor.lastImpact { writer.member("last_impact", last) }
        writer.member("remembered_seconds", sensor.historySpan.inSeconds, decimals: 1)
        if let taps = sensor.taps {
            writer.key("calibration")
            writer.beginObject()
            writer.member("state", taps.state.rawValue)
            writer.member("taps", taps.taps.count)
            writer.member("of", taps.count)
            writer.endObject()
        }
        if let recording = sensor.recording { writer.member("recording", recording) }
        writer.endObject()
    }

    /// By quantity; `onset` and `peak` are those of the acceleration or, for amplitudes, of the velocity.
    private static func write(_ limits: MotionLimits, isMomentary: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        let main = isMomentary ? MotionQuantity.acceleration : .velocity
        writer.member("onset", limits.onset[main], decimals: 3)
        writer.member("peak", limits.peak[main], decimals: 3)
        for quantity in MotionQuantity.allCases where quantity != .acceleration || isMomentary {
            writer.key(quantity.name)
            writer.beginObject()
            writer.member("onset", limits.onset[quantity], decimals: 3)
            writer.member("peak", limits.peak[quantity], decimals: 3)
            writer.endObject()
        }
        writer.endObject()
    }

    package static func write(_ thresholds: ImpactThresholds, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("onset", thresholds.onset)
        writer.member("peak", thresholds.peak)
        writer.member("onset_displacement", thresholds.onsetDisplacement)
        writer.member("peak_displacement", thresholds.peakDisplacement)
        writer.member("onset_acceleration", thresholds.onsetAcceleration)
        writer.member("peak_acceleration", thresholds.peakAcceleration)
        writer.member("longest_rise", seconds: thresholds.maximumRise)
        writer.member("dead_time", seconds: thresholds.deadTime)
        writer.endObject()
    }

    /// Changes the thresholds that the object contains.
    package static func read(
        _ object: JSONObject, changing old: ImpactThresholds
    ) throws(RangeError) -> ImpactThresholds {
        let members = try RequestMembers(
            object,
            known: [
                "onset", "peak", "onset_displacement", "peak_displacement", "onset_acceleration", "peak_acceleration",
                "longest_rise", "dead_time",
            ])
        var new = old
        new.onset = try members.number("onset", in: 0.01...32_767) ?? old.onset
        new.peak = try members.number("peak", in: 0.01...32_767) ?? old.peak
        if let onset = try members.number("onset_displacement", in: 0.01...32_767) { new.onsetDisplacement = onset }
        if let peak = try members.number("peak_displacement", in: 0.01...32_767) { new.peakDisplacement = peak }
        new.onsetAcceleration = try members.number("onset_acceleration", in: 0.001...16) ?? old.onsetAcceleration
        new.peakAcceleration = try members.number("peak_acceleration", in: 0.001...16) ?? old.peakAcceleration
        if let rise = try members.number("longest_rise", in: 0...2) { new.maximumRise = Nanoseconds(seconds: rise) }
        if let time = try members.number("dead_time", in: 0...2) { new.deadTime = Nanoseconds(seconds: time) }
        guard new.areValid else {
            throw .invalid("a peak threshold must not be below its onset threshold")
        }
        return new
    }

    package static func write(_ rest: RestLevel?, to writer: inout JSONWriter) {
        guard let rest else { return writer.null() }
        writer.beginObject()
        writer.member("x", rest.base.x, decimals: 3)
        writer.member("y", rest.base.y, decimals: 3)
        writer.member("z", rest.base.z, decimals: 3)
        writer.member("noise", rest.noise, decimals: 3)
        writer.endObject()
    }

    package static func write(_ delay: DelayEstimate?, to writer: inout JSONWriter) {
        guard let delay else { return writer.null() }
        writer.beginObject()
        writer.member("mean", delay.mean, decimals: 4)
        writer.member("error", delay.error, decimals: 4)
        writer.member("deviation", delay.deviation, decimals: 4)
        writer.member("pairs", delay.count)
        writer.member("within_5_ms", delay.isExact)
        writer.endObject()
    }

    /// A finding with its measured values. Times are relative to `begin`.
    package static func write(_ finding: ImpactFinding, since begin: MonotonicTime, to writer: inout JSONWriter) {
        let motion = finding.motion
        writer.beginObject()
        writer.key("refused")
        if let reason = finding.reject { writer.string(reason.rawValue) } else { writer.null() }
        writer.member("onset_seconds", (motion.onset - begin).inSeconds, decimals: 4)
        write(motion, to: &writer)
        writer.endObject()
    }

    package static func write(_ motion: DetectedMotion, to writer: inout JSONWriter) {
        writer.member("error_seconds", motion.onsetError.inSeconds, decimals: 4)
        writer.member("peak_velocity", motion.peakVelocity, decimals: 3)
        if let peak = motion.peakAcceleration { writer.member("peak_acceleration", peak, decimals: 3) }
        writer.member("peak_displacement", motion.peakDisplacement, decimals: 1)
        writer.member("decided_by", motion.decidedBy.rawValue)
        writer.member("likelihood", motion.likelihood, decimals: 4)
        writer.member("onset_limit", motion.limits.onset[motion.decidedBy], decimals: 3)
        writer.member("peak_limit", motion.limits.peak[motion.decidedBy], decimals: 3)
        writer.key("limits")
        write(motion.limits, isMomentary: motion.peakAcceleration != nil, to: &writer)
        writer.member("rise_seconds", motion.rise.inSeconds, decimals: 4)
        writer.member("duration_seconds", motion.duration.inSeconds, decimals: 4)
        writer.member("confidence", motion.confidence, decimals: 3)
        writer.member("saturated", motion.isSaturated)
    }
}
