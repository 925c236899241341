import Testing

@testable import Signals

@Suite("Heart history, median and settings") struct HeartHistoryTests {
    @Test("keeps the latest, in order, for every limit", arguments: [1, 2, 3, 7, 100])
    func limit(limit: Int) {
        var history = HeartHistory(limit: limit)
        for count in 1...(5 * limit + 1) {
            history.append(Double(count))
            #expect(history.rates.elementsEqual((max(1, count - limit + 1)...count).map(Double.init)))
        }
    }

    @Test("sums as numpy does: small numbers next to large ones show the order")
    func pairwise() {
        // Added one by one these give 1e16; in eight lanes the ones find each other first.
        let values = [1e16] + [Double](repeating: 1, count: 15)
        #expect(PairwiseSum.sum(of: values, in: 0..<16) == 1.0000000000000014e16)
        #expect(PairwiseSum.sum(of: values, in: 0..<7) == 1e16)
        #expect(PairwiseSum.sum(of: values, in: 3..<3) == 0)
        #expect(PairwiseSum.sum(of: [1, 2, 4], in: 0..<3, squaredFrom: 2) == 5)
    }

    @Test("the median agrees with sorting, for odd and even windows", arguments: 3...9)
    func median(window: Int) {
        var random = SplitMix(seed: UInt64(window))
        var recent = RecentMedian(window: window)
        var seen: [Double] = []
        for _ in 0..<200 {
            let reading = Double(Int.random(in: 0..<20, using: &random))
            recent.append(reading)
            seen.append(reading)
            let sorted = seen.suffix(window).sorted()
            let middle =
                window.isMultiple(of: 2)
                ? (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 : sorted[sorted.count / 2]
            #expect(recent.median == (seen.count < window ? nil : middle))
        }
        recent.removeAll()
        #expect(recent.median == nil)
    }

    @Test("settings hold at their limits and are refused beyond")
    func settings() throws {
        #expect(try HeartSmoothing() == .standard)
        _ = try HeartSmoothing(alpha: 1, outlierThreshold: 1_000, outlierWindow: 31, historyLength: 1_000, minimum: 1)
        _ = try HeartSmoothing(
            alpha: 0.001, outlierThreshold: 0, outlierWindow: 3, historyLength: 1, startupReadings: 0)
        #expect(throws: HeartSmoothingError.alpha(0)) { try HeartSmoothing(alpha: 0) }
        #expect(throws: HeartSmoothingError.alpha(1.01)) { try HeartSmoothing(alpha: 1.01) }
        #expect(throws: HeartSmoothingError.self) { try HeartSmoothing(alpha: .nan) }
        #expect(throws: HeartSmoothingError.outlierThreshold(-1)) { try HeartSmoothing(outlierThreshold: -1) }
        #expect(throws: HeartSmoothingError.outlierWindow(2)) { try HeartSmoothing(outlierWindow: 2) }
        #expect(throws: HeartSmoothingError.outlierWindow(32)) { try HeartSmoothing(outlierWindow: 32) }
        #expect(throws: HeartSmoothingError.historyLength(0)) { try HeartSmoothing(historyLength: 0) }
        #expect(throws: HeartSmoothingError.historyLength(1_001)) { try HeartSmoothing(historyLength: 1_001) }
        #expect(throws: HeartSmoothingError.startupReadings(-1)) { try HeartSmoothing(startupReadings: -1) }
        #expect(throws: HeartSmoothingError.range(minimum: 200, maximum: 40)) {
            try HeartSmoothing(minimum: 200, maximum: 40)
        }
        #expect(throws: HeartSmoothingError.self) { try HeartSmoothing(maximum: .infinity) }
        #expect("\(HeartSmoothingError.outlierWindow(2))".contains("3...31"))
    }
}
