import Clocks
import Events

/// A sensor's values at rest: the base of each axis and the noise around it.
///
/// It is learned from the first quiet samples, by medians, and then follows slowly; it does not change during motions.
package struct RestLevel: Hashable, Sendable {
    /// Quiet samples needed to learn.
    package static let samplesToLearn = 50
    /// After this many samples the level is accepted even if it is noisy.
    package static let maximumSamplesToLearn = 500
    /// The share of deviations at rest that are below `noise`.
    private static let quantile = 0.98

    package private(set) var base: Vector3
    /// The deviation that one sample in fifty exceeds at rest.
    package private(set) var noise: Double

    package init(base: Vector3, noise: Double) {
        self.base = base
        self.noise = noise
    }

    /// Nil if the values are not those of a sensor at rest.
    /// - Parameter limit: the upper bound of deviations at rest.
    init?(learnedFrom values: [Vector3], limit: Double, acceptsNoise: Bool) {
        guard values.count >= Self.samplesToLearn else { return nil }
        base = Vector3(
            x: Self.median(values.map(\.x)), y: Self.median(values.map(\.y)), z: Self.median(values.map(\.z)))
        let deviations = values.map { [base] in ($0 - base).largestComponent }.sorted()
        noise = deviations[Int(Double(deviations.count - 1) * Self.quantile)]
        guard noise < limit || acceptsNoise else { return nil }
    }

    /// Follows a sample at rest.
    /// - Parameters:
    ///   - settling: the approximate time constant in seconds.
    ///   - minimumNoise: lower noise is treated as this.
    mutating func follow(_ value: Vector3, interval: Double, settling: Double, minimumNoise: Double) {
        let deviation = value - base
        let share = min(1, interval / settling)
        let limit = 2 * max(noise, minimumNoise)
        func step(_ part: Double) -> Double { share * max(-limit, min(limit, part)) }
        base = Vector3(x: base.x + step(deviation.x), y: base.y + step(deviation.y), z: base.z + step(deviation.z))
        // Steps up are fifty times as large as steps down, so it settles where one sample in fifty is above.
        let size = share * max(noise, minimumNoise)
        noise += deviation.largestComponent > noise ? size * Self.quantile : -size * (1 - Self.quantile)
        noise = max(0, noise)
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }
}

/// A sensor's stored rest level. The sensor may be mounted differently now, so a detector uses it only when samples
/// confirm it, which takes two to five samples; learning takes fifty.
package struct RestCalibration: Hashable, Sendable {
    package let level: RestLevel
    /// Of accelerations; otherwise of amplitudes of the velocity.
    package let isMomentary: Bool
    /// The rest level of the displacement; nil if an earlier version stored the calibration.
    package let displacement: RestLevel?

    package init(_ level: RestLevel, isMomentary: Bool, displacement: RestLevel? = nil) {
        self.level = level
        self.isMomentary = isMomentary
        self.displacement = displacement
    }

    /// Whether a sensor can have this rest level: within its measuring range, with finite noise.
    package var isPlausible: Bool {
        let maximum = isMomentary ? 16.0 : 32_767
        return level.base.length <= 2 * maximum && (0...maximum).contains(level.noise)
            && displacement.map { $0.base.length <= 65_534 && (0...32_767).contains($0.noise) } ?? true
    }

    /// Whether the difference is too small to matter.
    package func isEquivalent(to other: Self, by thresholds: ImpactThresholds) -> Bool {
        let much = (isMomentary ? thresholds.onsetAcceleration : thresholds.onset) / 8
        return isMomentary == other.isMomentary && Self.isEquivalent(level, other.level, much)
            && Self.isEquivalent(displacement, other.displacement, thresholds.onsetDisplacement / 8)
    }

    private static func isEquivalent(_ level: RestLevel?, _ other: RestLevel?, _ much: Double) -> Bool {
        guard let level, let other else { return level == other }
        return (level.base - other.base).largestComponent < much && abs(level.noise - other.noise) < much
    }
}
