import Clocks
import Events
import JSON
import Signals

/// The persistent state of a sensor, stored as JSON.
package struct PersistedSensorState: Hashable, Sendable {
    /// Nil if never set.
    var thresholds: ImpactThresholds?
    /// The learned delay.
    var delay: DelayModel?
    /// The last rest level.
    package var rest: RestCalibration?

    private static let maximumCovariances = 64

    init() {}

    /// Updates the rest level; returns whether it changed significantly.
    mutating func update(_ new: RestCalibration) -> Bool {
        if let rest, rest.isEquivalent(to: new, by: thresholds ?? .standard) { return false }
        rest = new
        return true
    }

    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let thresholds {
            writer.key("thresholds")
            Self.write(thresholds, to: &writer)
        }
        if let delay {
            writer.key("delay")
            writer.beginObject()
            writer.member("count", delay.count)
            writer.member("mean", delay.mean)
            writer.member("mean_variance", delay.meanVariance)
            writer.member("variance", delay.variance)
            writer.member("misfits", delay.misfits)
            writer.member("lean", delay.bias)
            writer.member("first_impacts", delay.firstImpacts)
            writer.member("late_first_impacts", delay.lateFirstImpacts)
            writer.key("shared")
            writer.beginObject()
            for (other, covariance) in delay.covariances.sorted(by: { $0.key.text < $1.key.text }) {
                writer.key(other.text)
                writer.number(covariance)
            }
            writer.endObject()
            writer.endObject()
        }
        if let rest {
            writer.key("rest")
            writer.beginObject()
            writer.member("momentary", rest.isMomentary)
            Self.write(rest.level, to: &writer)
            if let displacement = rest.displacement {
                writer.key("displacement")
                writer.beginObject()
                Self.write(displacement, to: &writer)
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    /// Invalid or implausible members are ignored.
    package init(_ json: [UInt8]) {
        guard let object = try? JSONValue(parsing: json, limits: .stored).objectValue else { return }
        thresholds = object["thresholds"].flatMap { Self.thresholds($0) }
        rest = object["rest"].flatMap { Self.rest($0) }
        delay = object["delay"].flatMap { Self.delay($0) }
    }

    private static func write(_ thresholds: ImpactThresholds, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("onset", thresholds.onset)
        writer.member("peak", thresholds.peak)
        if let onset = thresholds.ownOnsetDisplacement { writer.member("onset_displacement", onset) }
        if let peak = thresholds.ownPeakDisplacement { writer.member("peak_displacement", peak) }
        writer.member("onset_acceleration", thresholds.onsetAcceleration)
        writer.member("peak_acceleration", thresholds.peakAcceleration)
        writer.member("longest_rise", seconds: thresholds.maximumRise)
        writer.member("dead_time", seconds: thresholds.deadTime)
        writer.endObject()
    }

    private static func thresholds(_ stored: JSONValue) -> ImpactThresholds? {
        var thresholds = ImpactThresholds.standard
        if let onset = stored["onset"]?.doubleValue { thresholds.onset = onset }
        if let peak = stored["peak"]?.doubleValue { thresholds.peak = peak }
        // Absent in older files, and until they are set.
        if let onset = stored["onset_displacement"]?.doubleValue { thresholds.onsetDisplacement = onset }
        if let peak = stored["peak_displacement"]?.doubleValue { thresholds.peakDisplacement = peak }
        if let onset = stored["onset_acceleration"]?.doubleValue { thresholds.onsetAcceleration = onset }
        if let peak = stored["peak_acceleration"]?.doubleValue { thresholds.peakAcceleration = peak }
        if let rise = stored["longest_rise"]?.doubleValue { thresholds.maximumRise = Nanoseconds(seconds: rise) }
        if let time = stored["dead_time"]?.doubleValue { thresholds.deadTime = Nanoseconds(seconds: time) }
        return thresholds.areValid ? thresholds : nil
    }

    private static func rest(_ stored: JSONValue) -> RestCalibration? {
        guard let isMomentary = stored["momentary"]?.booleanValue, let level = level(stored) else { return nil }
        let rest = RestCalibration(
            level, isMomentary: isMomentary, displacement: stored["displacement"].flatMap { Self.level($0) })
        return rest.isPlausible ? rest : nil
    }

    private static func write(_ level: RestLevel, to writer: inout JSONWriter) {
        writer.member("x", level.base.x)
        writer.member("y", level.base.y)
        writer.member("z", level.base.z)
        writer.member("noise", level.noise)
    }

    private static func level(_ stored: JSONValue) -> RestLevel? {
        guard let x = stored["x"]?.doubleValue, let y = stored["y"]?.doubleValue, let z = stored["z"]?.doubleValue,
            let noise = stored["noise"]?.doubleValue
        else { return nil }
        return RestLevel(base: Vector3(x: x, y: y, z: z), noise: noise)
    }

    private static func delay(_ stored: JSONValue) -> DelayModel? {
        guard let count = stored["count"]?.integerValue, let mean = stored["mean"]?.doubleValue,
            let meanVariance = stored["mean_variance"]?.doubleValue,
            let variance = stored["variance"]?.doubleValue, let misfits = stored["misfits"]?.integerValue
        else { return nil }
        // Absent in older files.
        let shared = stored["shared"]?.objectValue?.members.prefix(maximumCovariances) ?? []
        let model = DelayModel(
            count: Int(clamping: count), mean: mean, meanVariance: meanVariance, variance: variance,
            misfits: Int(clamping: misfits),
            bias: stored["lean"]?.doubleValue ?? 0,
            covariances: Dictionary(
                shared.compactMap { other, value in value.doubleValue.map { (DeviceID(other), $0) } },
                uniquingKeysWith: { first, _ in first }),
            firstImpacts: Int(clamping: stored["first_impacts"]?.integerValue ?? 0),
            lateFirstImpacts: Int(clamping: stored["late_first_impacts"]?.integerValue ?? 0))
        return model.isPlausible ? model : nil
    }
}
