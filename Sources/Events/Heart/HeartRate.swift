/// What one reading of a user's heart came to: a rate to show, or the word that there is none.
package enum HeartRate: Hashable, Sendable {
    case rate(Double, Origin)
    /// Clients show `--`.
    case none(Reason)

    /// How a rate was arrived at.
    package enum Origin: Hashable, Sendable, CaseIterable {
        /// As the device sent it: one of the start-up readings, or smoothing is off.
        case measured
        /// Averaged with the rate before.
        case smoothed
        /// The reading was an outlier; the median of the recent readings was averaged with the rate before.
        case median
        /// The reading was out of range; this is the rate before, and the history did not move.
        case held
    }

    /// Why there is no rate.
    package enum Reason: Hashable, Sendable, CaseIterable {
        /// No finger for three readings or more.
        case fingerLifted
        /// The device sent zero or less: it has not heard a beat yet.
        case notMeasured
        /// Out of range, and no rate before it that could be held.
        case outOfRange
    }

    /// The rate, if there is one.
    package var beatsPerMinute: Double? {
        switch self {
        case .rate(let rate, _): rate
        case .none: nil
        }
    }
}
