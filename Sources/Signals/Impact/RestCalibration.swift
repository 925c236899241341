import Events

/// What is known of a sensor at rest from the last time that anybody listened to it. It may hang differently now, so a
/// detector believes it only when it sees the sensor resting there again, which takes two to five samples instead of the
/// fifty that it takes to learn.
package struct RestCalibration: Hashable, Sendable {
    package let level: RestLevel
    /// It is of accelerations; else of amplitudes.
    package let isMomentary: Bool

    package init(_ level: RestLevel, isMomentary: Bool) {
        self.level = level
        self.isMomentary = isMomentary
    }

    /// Whether a sensor can rest like that at all: in the range of what it measures, with a tremble that is a number.
    package var isPlausible: Bool {
        let most = isMomentary ? 16.0 : 32_767
        return level.base.length <= 2 * most && (0...most).contains(level.noise)
    }

    /// Whether the two are so much alike that it makes no difference which of them is believed.
    package func isEquivalent(to other: Self, by thresholds: ImpactThresholds) -> Bool {
        let much = (isMomentary ? thresholds.onsetAcceleration : thresholds.onset) / 8
        return isMomentary == other.isMomentary && (level.base - other.level.base).largestComponent < much
            && abs(level.noise - other.level.noise) < much
    }
}
