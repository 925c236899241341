/// The median of the latest readings, the yardstick for outliers.
///
/// The window holds readings as they were measured, also those that were judged outliers. So the median ignores a burst
/// that fills less than half of the window, and moves to a new level by itself once that level fills more than half:
/// with a window of 7 a jump that stays, from rest to exercise say, is held back for four readings and followed from
/// the fifth. Nothing can be rejected for ever.
///
/// Seven has a second reason. The heart board sends the mean of its last four beats, so one false beat bends about four
/// readings in a row; the window outlasts them. And a steady rise passes untouched up to a quarter of the threshold per
/// reading (3.75 beats per minute each second at the standard values, faster than hearts do it), because the median
/// lags by four readings, whereas a median of *smoothed* rates would lag by the average's delay too and call honest
/// rises outliers.
struct RecentMedian: Sendable {
    private let window: Int
    /// In order of arrival, as a ring once full.
    private var arrived: [Double] = []
    private var oldest = 0
    private var sorted: [Double] = []

    init(window: Int) {
        self.window = window
    }

    /// Nothing until the window is full: fewer readings are no yardstick.
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
            sorted.remove(at: place(of: arrived[oldest]))
            arrived[oldest] = reading
            oldest = oldest + 1 == window ? 0 : oldest + 1
        }
        sorted.insert(reading, at: place(of: reading))
    }

    mutating func removeAll() {
        arrived.removeAll(keepingCapacity: true)
        sorted.removeAll(keepingCapacity: true)
        oldest = 0
    }

    /// Where `reading` stands, or would stand, among the sorted ones.
    private func place(of reading: Double) -> Int {
        var place = 0
        while place < sorted.count, sorted[place] < reading { place += 1 }
        return place
    }
}
