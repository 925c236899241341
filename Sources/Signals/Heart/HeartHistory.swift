import Events

/// A user's latest rates, oldest first, up to a limit.
package struct HeartHistory: Sendable {
    private let limit: Int
    /// Twice the limit at most: the rates since `first` are the history, those before it are waiting to be swept away
    /// together, which is cheaper than moving everything for each reading.
    private var stored: [Double] = []
    private var first = 0

    init(limit: Int, beginning rates: ArraySlice<Double> = []) {
        self.limit = limit
        stored = Array(rates.suffix(limit))
    }

    package var rates: ArraySlice<Double> { stored[first...] }
    package var isEmpty: Bool { stored.isEmpty }

    mutating func append(_ rate: Double) {
        if stored.count == 2 * limit {
            stored.removeFirst(first)
            first = 0
        }
        if stored.count - first == limit { first += 1 }
        stored.append(rate)
    }

    /// Nothing as long as there is no rate.
    package var statistics: HeartStatistics? {
        guard let last = stored.last else { return nil }
        return HeartStatistics(of: stored, in: first..<stored.count, last: last)
    }
}
