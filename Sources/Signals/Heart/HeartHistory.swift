import Events

/// A user's latest rates, oldest first, up to a limit.
package struct HeartHistory: Sendable {
    private let limit: Int
    /// Up to a quarter above the limit: rates before `first` are expired and removed in bulk, which is cheaper than shifting
    /// for each reading. With the usual limit of 100, all of it fits into a kilobyte.
    private var stored: [Double] = []
    private var first = 0

    init(limit: Int, beginning rates: ArraySlice<Double> = []) {
        self.limit = limit
        stored = Array(rates.suffix(limit))
    }

    package var rates: ArraySlice<Double> { stored[first...] }
    package var isEmpty: Bool { stored.isEmpty }

    mutating func append(_ rate: Double) {
        if stored.count >= limit + max(1, limit / 4) {
            stored.removeFirst(first)
            first = 0
        }
        if stored.count - first == limit { first += 1 }
        stored.append(rate)
    }

    /// Nil if there are no rates.
    package var statistics: HeartStatistics? {
        guard let last = stored.last else { return nil }
        return HeartStatistics(of: stored, in: first..<stored.count, last: last)
    }
}

extension HeartStatistics {
    /// Statistics over a part of `rates`; `last` is the last rate of that part.
    init(of rates: [Double], in range: Range<Int>, last: Double) {
        let summary = rates[range].withUnsafeBufferPointer { NumericSummary(of: $0) }
        self.init(
            mean: summary.mean, standardDeviation: summary.standardDeviation, minimum: summary.minimum,
            maximum: summary.maximum, last: last)
    }
}
