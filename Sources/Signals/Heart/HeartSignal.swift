import Events

/// One user's heart signal: raw readings in, the rate to show out.
///
/// For each reading, in this order:
/// 1. **Finger.** The third reading in a row without a finger, and each that follows, gives no rate; the first two are
///    taken at their word, for a finger twitches. When the finger comes back the signal starts up again, the history
///    stays.
/// 2. **Zero or less** gives no rate: the board sends 0 until it has heard a beat.
/// 3. **Range.** A reading outside `minimum...maximum` leaves everything as it was and repeats the rate before. Where
///    there is none to repeat there is no rate. (The broker that this follows sent such a first value out as it was,
///    250 for example. Its description promises that rates stay in range, its clients know what to do with "no rate",
///    and the number remains visible as the raw value; so the promise is kept.)
/// 4. **Start-up.** The first `startupReadings` readings pass unchanged.
/// 5. **Outliers.** A reading further than `outlierThreshold` from the median of the `outlierWindow` readings before it
///    is replaced by that median. These are the readings *as measured*, outliers included; see `RecentMedian` for why
///    a lasting change is therefore followed after a few readings.
/// 6. **Average.** `alpha * reading + (1 - alpha) * rate before`, evaluated in that order, so that it agrees with the
///    original to the last digit.
///
/// What comes out of 4 to 6 enters the history.
package struct HeartSignal: Sendable {
    private var smoothing: HeartSmoothing
    private var readingsWithoutFinger = 0
    private var startupReadingsSeen = 0
    private var lastRate: Double?
    private var recent: RecentMedian
    /// The latest rates, oldest first.
    package private(set) var history: HeartHistory

    /// How many readings in a row without a finger it takes until there is no rate.
    private static let readingsUntilFingerIsGone = 3

    package init(_ smoothing: HeartSmoothing = .standard) {
        self.smoothing = smoothing
        recent = RecentMedian(window: smoothing.outlierWindow)
        history = HeartHistory(limit: smoothing.historyLength)
    }

    /// Goes on with other settings. The history stays as far as the new length allows; a rate that is out of the new
    /// range is not held on to.
    package mutating func apply(_ smoothing: HeartSmoothing) {
        guard smoothing != self.smoothing else { return }
        self.smoothing = smoothing
        recent = RecentMedian(window: smoothing.outlierWindow)
        history = HeartHistory(limit: smoothing.historyLength, beginning: history.rates)
        if let rate = lastRate, rate < smoothing.minimum || rate > smoothing.maximum { lastRate = nil }
    }

    /// Takes one reading. A number that is not finite is refused and changes nothing.
    package mutating func receive(_ reading: Double, fingerDetected: Bool) throws(HeartSignalError) -> HeartRate {
        guard reading.isFinite else { throw .notFinite }
        if fingerDetected {
            if readingsWithoutFinger > 0 { restart() }
        } else {
            // Counted no further than it is asked about, so that it can never overflow.
            readingsWithoutFinger = min(readingsWithoutFinger + 1, Self.readingsUntilFingerIsGone)
            if readingsWithoutFinger == Self.readingsUntilFingerIsGone { return .none(.fingerLifted) }
        }
        guard reading > 0 else { return .none(.notMeasured) }
        guard reading >= smoothing.minimum, reading <= smoothing.maximum else {
            return lastRate.map { .rate($0, .held) } ?? .none(.outOfRange)
        }
        let (rate, origin) = smooth(reading)
        lastRate = rate
        history.append(rate)
        return .rate(rate, origin)
    }

    private mutating func restart() {
        readingsWithoutFinger = 0
        startupReadingsSeen = 0
        lastRate = nil
        recent.removeAll()
    }

    private mutating func smooth(_ reading: Double) -> (Double, HeartRate.Origin) {
        guard smoothing.enabled else { return (reading, .measured) }
        let median = recent.median
        recent.append(reading)
        guard let lastRate, startupReadingsSeen >= smoothing.startupReadings else {
            startupReadingsSeen += 1
            return (reading, .measured)
        }
        if let median, smoothing.outlierThreshold > 0, abs(reading - median) > smoothing.outlierThreshold {
            return (averaged(median, with: lastRate), .median)
        }
        return (averaged(reading, with: lastRate), .smoothed)
    }

    private func averaged(_ value: Double, with lastRate: Double) -> Double {
        smoothing.alpha * value + (1 - smoothing.alpha) * lastRate
    }
}

/// Why a heart signal refused a reading.
package enum HeartSignalError: Error, Hashable {
    /// Infinite or not a number: it would poison the average and every statistic after it.
    case notFinite
}
