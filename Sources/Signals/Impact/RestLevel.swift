import Clocks
import Events

/// What a sensor shows when nothing happens: a value for each axis, and how much it trembles around that.
///
/// It is learnt from the first quiet samples, by medians, and followed slowly from then on; while the target moves it
/// stays as it is.
package struct RestLevel: Hashable, Sendable {
    /// Samples that it takes to learn, if they are quiet.
    package static let samplesToLearn = 50
    /// After that many the sensor is taken as it is, quiet or not.
    package static let maximumSamplesToLearn = 500
    /// The share of deviations at rest that are smaller than `noise`.
    private static let quantile = 0.98

    package private(set) var base: Vector3
    /// The deviation that only one sample in fifty exceeds at rest.
    package private(set) var noise: Double

    package init(base: Vector3, noise: Double) {
        self.base = base
        self.noise = noise
    }

    /// Nil when the values are not those of a sensor at rest.
    /// - Parameter limit: deviations at rest are smaller.
    init?(learntFrom values: [Vector3], limit: Double, acceptsNoise: Bool) {
        guard values.count >= Self.samplesToLearn else { return nil }
        base = Vector3(
            x: Self.median(values.map(\.x)), y: Self.median(values.map(\.y)), z: Self.median(values.map(\.z)))
        let deviations = values.map { [base] in ($0 - base).largestComponent }.sorted()
        noise = deviations[Int(Double(deviations.count - 1) * Self.quantile)]
        guard noise < limit || acceptsNoise else { return nil }
    }

    /// Follows a sample at rest.
    /// - Parameters:
    ///   - settling: in which time a lasting change is followed, roughly.
    ///   - least: smaller noise than this is not worth telling apart.
    mutating func follow(_ value: Vector3, interval: Double, settling: Double, minimumNoise: Double) {
        let deviation = value - base
        let share = min(1, interval / settling)
        let limit = 2 * max(noise, minimumNoise)
        func step(_ part: Double) -> Double { share * max(-limit, min(limit, part)) }
        base = Vector3(x: base.x + step(deviation.x), y: base.y + step(deviation.y), z: base.z + step(deviation.z))
        // Up fifty times as fast as down: it rests where one sample in fifty is above.
        let size = share * max(noise, minimumNoise)
        noise += deviation.largestComponent > noise ? size * Self.quantile : -size * (1 - Self.quantile)
        noise = max(0, noise)
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }
}
