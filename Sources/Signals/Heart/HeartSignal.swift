import Events

/// Heart rate processing of one user: raw readings in, displayed rate out.
///
/// For each reading, in this order:
/// 1. **Finger.** The third consecutive reading without a finger, and each that follows, gives no rate; the first two
///    are processed normally because fingers twitch. When the finger returns, the start-up begins again; the history
///    stays.
/// 2. **Zero or less** gives no rate: the board sends 0 until it detects a beat.
/// 3. **Range.** A reading outside `minimum...maximum` changes nothing and repeats the previous rate. Without a
///    previous rate there is no rate. (The original broker sent such a first value unchanged, 250 for example. Its
///    documentation promises that rates are in range, its clients handle "no rate", and the raw value remains visible;
///    so this implementation follows the documentation.)
/// 4. **Start-up.** The first `startupReadings` readings pass unchanged.
/// 5. **Outliers.** A reading further than `outlierThreshold` from the median of the previous `outlierWindow` readings
///    is replaced by that median. The median is over readings *as measured*, outliers included; see `RecentMedian` for
///    why a lasting change is therefore followed after a few readings.
/// 6. **Average.** `alpha * reading + (1 - alpha) * previous rate`, evaluated in that order so that it matches the
///    original to the last digit.
///
/// The results of 4 to 6 enter the history.
package struct HeartSignal: Sendable {
    private var smoothing: HeartSmoothing
    private var readingsWithoutFinger = 0
    private var startupReadingsSeen = 0
    private var lastRate: Double?
    private var recent: RecentMedian
    package private(set) var history: HeartHistory
    /// The readings behind the history, as measured.
    package private(set) var measured: HeartHistory

    /// Consecutive readings without a finger until there is no rate.
    private static let readingsUntilFingerIsGone = 3

    package init(_ smoothing: HeartSmoothing = .standard) {
        self.smoothing = smoothing
        recent = RecentMedian(window: smoothing.outlierWindow)
        history = HeartHistory(limit: smoothing.historyLength)
        measured = HeartHistory(limit: smoothing.historyLength)
    }

    /// Applies new settings. The history is kept as far as the new length allows; a rate outside the new range is not
    /// held.
    package mutating func apply(_ smoothing: HeartSmoothing) {
        guard smoothing != self.smoothing else { return }
        self.smoothing = smoothing
        recent = RecentMedian(window: smoothing.outlierWindow)
        history = HeartHistory(limit: smoothing.historyLength, beginning: history.rates)
        measured = HeartHistory(limit: smoothing.historyLength, beginning: measured.rates)
        if let rate = lastRate, rate < smoothing.minimum || rate > smoothing.maximum { lastRate = nil }
    }

    /// Processes one reading. A number that is not finite is rejected and changes nothing.
    package mutating func receive(_ reading: Double, fingerDetected: Bool) throws(HeartSignalError) -> HeartRate {
        guard reading.isFinite else { throw .notFinite }
        if fingerDetected {
            if readingsWithoutFinger > 0 { restart() }
        } else {
            // Saturates so that it cannot overflow.
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
        measured.append(reading)
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

/// Why a reading was rejected.
package enum HeartSignalError: Error, Hashable {
    /// Infinite or NaN: it would corrupt the average and all later statistics.
    case notFinite
}

/// The median of the latest readings, the reference for outliers.
///
/// The window contains readings as measured, including outliers. The median therefore ignores a burst that fills less
/// than half of the window, and moves to a new level once that fills more than half: with a window of 7, a lasting jump
/// (from rest to exercise, say) is held back for four readings and followed from the fifth. No level is rejected
/// forever.
///
/// There is a second reason for 7. The heart board sends the mean of its last four beats, so one false beat distorts
/// about four consecutive readings; the window outlasts them. A steady rise passes unchanged up to a quarter of the
/// threshold per reading (3.75 beats per minute per second with the defaults, faster than real hearts), because the
/// median lags by four readings. A median of *smoothed* rates would also lag by the delay of the average and reject
/// real rises.
struct RecentMedian: Sendable {
    private let window: Int
    /// In order of arrival; a ring buffer once full.
    private var arrived: [Double] = []
    private var oldest = 0
    private var sorted: [Double] = []

    init(window: Int) {
        self.window = window
    }

    /// Nil until the window is full.
    var median: Double? {
        guard sorted.count == window else { return nil }
        let middle = window / 2
        return window.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// `reading` must be finite.
    mutating func append(_ reading: Double) {
        if arrived.count < window {
            arrived.append(reading)
        } else {
            sorted.remove(at: index(of: arrived[oldest]))
            arrived[oldest] = reading
            oldest = oldest + 1 == window ? 0 : oldest + 1
        }
        sorted.insert(reading, at: index(of: reading))
    }

    mutating func removeAll() {
        arrived.removeAll(keepingCapacity: true)
        sorted.removeAll(keepingCapacity: true)
        oldest = 0
    }

    /// The index of `reading` in `sorted`, or where to insert it.
    private func index(of reading: Double) -> Int {
        var index = 0
        while index < sorted.count, sorted[index] < reading { index += 1 }
        return index
    }
}
