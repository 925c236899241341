import Clocks

/// When a motion counts as an impact. Set per sensor; may change at any time.
package struct ImpactThresholds: Hashable, Sendable {
    /// A motion begins when the largest deviation from rest on any axis reaches this, in mm/s, and ends below half of
    /// it.
    package var onset: Double
    /// Peak of an impact that velocity alone decides, in mm/s.
    package var peak: Double
    /// The same limits for the displacement, in µm. Until they are set, they follow those of the velocity: 2 µm for each
    /// mm/s, which is 20 and 60 µm by default.
    package var onsetDisplacement: Double {
        get { ownOnsetDisplacement ?? min(2 * onset, Self.maximum) }
        set { ownOnsetDisplacement = newValue }
    }
    package var peakDisplacement: Double {
        get { ownPeakDisplacement ?? min(2 * peak, Self.maximum) }
        set { ownPeakDisplacement = newValue }
    }
    package private(set) var ownOnsetDisplacement: Double?
    package private(set) var ownPeakDisplacement: Double?
    /// The same limits for sensors that report momentary accelerations, in g.
    package var onsetAcceleration: Double
    package var peakAcceleration: Double
    /// Maximum time from the onset to 70 % of the peak; motions by hand take longer.
    package var maximumRise: Nanoseconds
    /// Minimum time between the onsets of two impacts.
    package var deadTime: Nanoseconds

    package init(
        onset: Double = 10, peak: Double = 30, onsetAcceleration: Double = 0.4, peakAcceleration: Double = 1.2,
        maximumRise: Nanoseconds = .milliseconds(45), deadTime: Nanoseconds = .milliseconds(50)
    ) {
        self.onset = onset
        self.peak = peak
        self.onsetAcceleration = onsetAcceleration
        self.peakAcceleration = peakAcceleration
        self.maximumRise = maximumRise
        self.deadTime = deadTime
    }

    package static let standard = Self()
    private static let maximum = 32_767.0

    /// Whether all values are in range.
    package var areValid: Bool {
        onset > 0 && peak >= onset && peak <= Self.maximum && onsetDisplacement > 0
            && peakDisplacement >= onsetDisplacement && peakDisplacement <= Self.maximum && onsetAcceleration > 0
            && peakAcceleration >= onsetAcceleration && peakAcceleration <= 16
            && maximumRise >= .zero && maximumRise <= .seconds(2) && deadTime >= .zero && deadTime <= .seconds(2)
    }
}
