import Clocks
import JSON
import Signals
import Surfaces

/// What is kept of a sensor from one day to the next, as JSON.
struct SensorMemory: Hashable, Sendable {
    /// Nil as long as nobody has set any.
    var thresholds: ImpactThresholds?
    /// What was learnt of its delay.
    var delay: DelayModel?

    init() {}

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let thresholds {
            writer.key("thresholds")
            SensorJSON.write(thresholds, to: &writer)
        }
        if let delay {
            writer.key("delay")
            writer.beginObject()
            writer.member("count", delay.count)
            writer.member("mean", delay.mean)
            writer.member("mean_variance", delay.meanVariance)
            writer.member("variance", delay.variance)
            writer.member("misfits", delay.misfits)
            writer.endObject()
        }
        writer.endObject()
        return writer.take()
    }

    /// What cannot be read, or cannot be true, is left out.
    init(_ json: [UInt8]) {
        guard let object = try? JSONValue(parsing: json).objectValue else { return }
        if let stored = object["thresholds"]?.objectValue {
            thresholds = try? SensorJSON.read(stored, changing: .standard)
        }
        guard let stored = object["delay"], let count = stored["count"]?.integerValue,
            let mean = stored["mean"]?.doubleValue, let meanVariance = stored["mean_variance"]?.doubleValue,
            let variance = stored["variance"]?.doubleValue, let misfits = stored["misfits"]?.integerValue
        else { return }
        let model = DelayModel(
            count: Int(clamping: count), mean: mean, meanVariance: meanVariance, variance: variance,
            misfits: Int(clamping: misfits))
        delay = model.isPlausible ? model : nil
    }
}
