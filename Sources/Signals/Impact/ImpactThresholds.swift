import Clocks

/// What a motion must be like to count as an impact. Each sensor has its own; they may change at any moment.
package struct ImpactThresholds: Hashable, Sendable {
    /// A motion begins when the largest deviation from rest on any axis reaches this, in mm/s, and ends below half of it.
    package var onset: Double
    /// A motion that stays below this is none, in mm/s.
    package var peak: Double
    /// The same two for sensors that tell momentary accelerations, in g.
    package var onsetAcceleration: Double
    package var peakAcceleration: Double
    /// A bullet is that quick: from the onset to most of the peak. What takes longer is somebody's hand.
    package var maximumRise: Nanoseconds
    /// So long after an onset nothing is a blow of its own.
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

    /// Whether anything can be found with them.
    package var areValid: Bool {
        onset > 0 && peak >= onset && peak <= 32_767 && onsetAcceleration > 0
            && peakAcceleration >= onsetAcceleration && peakAcceleration <= 16
            && maximumRise >= .zero && maximumRise <= .seconds(2) && deadTime >= .zero && deadTime <= .seconds(2)
    }
}
