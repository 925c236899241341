import Events
import TestSupport
import Testing

@testable import Signals

@Suite("Heart signal") struct HeartSignalTests {
    /// A signal that is past its start-up: `count` readings of 72.
    private func steadySignal(count: Int = 20) throws -> HeartSignal {
        var signal = HeartSignal()
        for _ in 0..<count { _ = try signal.receive(72, fingerDetected: true) }
        return signal
    }

    @Test("a single spike has no effect")
    func spike() throws {
        var signal = try steadySignal()
        #expect(try signal.receive(140, fingerDetected: true) == .rate(72, .median))
        #expect(try signal.receive(72, fingerDetected: true) == .rate(72, .smoothed))
    }

    @Test("a lasting change is held back for four readings and followed from the fifth")
    func lastingChange() throws {
        var signal = try steadySignal()
        for _ in 0..<4 { #expect(try signal.receive(140, fingerDetected: true) == .rate(72, .median)) }
        var last = 72.0
        for _ in 0..<30 {
            let expected = 0.3 * 140 + (1 - 0.3) * last
            #expect(try signal.receive(140, fingerDetected: true) == .rate(expected, .smoothed))
            last = expected
        }
        #expect(last > 139.9)
    }

    @Test("a reading exactly at the threshold is not an outlier")
    func threshold() throws {
        var signal = try steadySignal()
        #expect(try signal.receive(87, fingerDetected: true) == .rate(0.3 * 87 + (1 - 0.3) * 72, .smoothed))
        #expect(try signal.receive(87.00001, fingerDetected: true).origin == .median)
        #expect(try signal.receive(57, fingerDetected: true).origin == .smoothed)
        #expect(try signal.receive(56.99999, fingerDetected: true).origin == .median)
    }

    @Test("no level is rejected forever: the rate converges to a constant input after any sequence")
    func neverStuck() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var signal = HeartSignal()
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                _ = try signal.receive(.random(in: 20...220, using: &random), fingerDetected: true)
            }
            let level = Double.random(in: 40...200, using: &random)
            var rate = HeartRate.none(.notMeasured)
            for _ in 0..<40 { rate = try signal.receive(level, fingerDetected: true) }
            let shown = try #require(rate.beatsPerMinute)
            #expect(abs(shown - level) < 0.01)
        }
    }

    @Test("ten readings pass unchanged and the eleventh is averaged")
    func startUp() throws {
        var signal = HeartSignal()
        for reading in stride(from: 60.0, to: 70, by: 1) {
            #expect(try signal.receive(reading, fingerDetected: true) == .rate(reading, .measured))
        }
        #expect(try signal.receive(70, fingerDetected: true) == .rate(0.3 * 70 + (1 - 0.3) * 69, .smoothed))
    }

    @Test(
        "two readings without a finger still count, the third gives no rate, and the finger's return restarts the signal"
    )
    func finger() throws {
        var signal = try steadySignal()
        #expect(try signal.receive(72, fingerDetected: false) == .rate(72, .smoothed))
        #expect(try signal.receive(0, fingerDetected: false) == .none(.notMeasured))
        for _ in 0..<5 { #expect(try signal.receive(72, fingerDetected: false) == .none(.fingerLifted)) }
        #expect(try signal.receive(90, fingerDetected: true) == .rate(90, .measured))
        #expect(signal.history.rates.count == 22)
        #expect(signal.history.rates.last == 90)
    }

    @Test("a reading out of range repeats the previous rate; without one there is no rate")
    func range() throws {
        var fresh = HeartSignal()
        #expect(try fresh.receive(250, fingerDetected: true) == .none(.outOfRange))
        #expect(fresh.history.isEmpty)
        #expect(fresh.history.statistics == nil)
        #expect(try fresh.receive(40, fingerDetected: true) == .rate(40, .measured))
        #expect(try fresh.receive(39.9, fingerDetected: true) == .rate(40, .held))
        #expect(try fresh.receive(200, fingerDetected: true) == .rate(200, .measured))
        #expect(try fresh.receive(200.1, fingerDetected: true) == .rate(200, .held))
        #expect(fresh.history.rates == [40, 200])
    }

    @Test("the readings behind the history are kept as measured, and shortened with it")
    func measured() throws {
        var signal = HeartSignal(try HeartSmoothing(startupReadings: 0))
        for reading in [70.0, 70, 70, 0, 80] { _ = try signal.receive(reading, fingerDetected: true) }
        #expect(signal.measured.rates == [70, 70, 70, 80])
        #expect(signal.history.rates.last == 73)
        signal.apply(try HeartSmoothing(historyLength: 3))
        #expect(signal.measured.rates == [70, 70, 80])
        #expect(signal.history.rates.count == 3)
    }

    @Test("a reading that is not finite is rejected and has no effect", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(reading: Double) throws {
        var touched = try steadySignal()
        var untouched = touched
        for _ in 0..<5 {
            #expect(throws: HeartSignalError.notFinite) { try touched.receive(reading, fingerDetected: false) }
        }
        #expect(try touched.receive(80, fingerDetected: true) == untouched.receive(80, fingerDetected: true))
        #expect(touched.history.statistics == untouched.history.statistics)
    }

    @Test("every rate and statistic is finite and in range for any input")
    func always() throws {
        var random = SeededGenerator(seed: 3)
        let extremes: [Double] = [0, -0.0, -1, 1e308, -1e308, .leastNonzeroMagnitude, 40, 200, 39.9, 200.1]
        var signal = HeartSignal()
        for _ in 0..<20_000 {
            let reading =
                Bool.random(using: &random)
                ? .random(in: 30...220, using: &random) : extremes.randomElement(using: &random) ?? 0
            let rate = try signal.receive(reading, fingerDetected: Int.random(in: 0..<6, using: &random) > 0)
            if let shown = rate.beatsPerMinute { #expect(shown >= 40 && shown <= 200) }
            guard let statistics = signal.history.statistics else { continue }
            #expect(statistics.mean >= 40 && statistics.mean <= 200)
            #expect(statistics.standardDeviation >= 0 && statistics.standardDeviation <= 80)
        }
    }

    @Test("with smoothing disabled, readings in range pass and enter the history")
    func disabled() throws {
        var signal = HeartSignal(try HeartSmoothing(enabled: false))
        for reading in [72.0, 140, 41, 199] {
            #expect(try signal.receive(reading, fingerDetected: true) == .rate(reading, .measured))
        }
        #expect(try signal.receive(201, fingerDetected: true) == .rate(199, .held))
        #expect(signal.history.rates == [72, 140, 41, 199])
    }
}

extension HeartRate {
    fileprivate var origin: Origin? {
        switch self {
        case .rate(_, let origin): origin
        case .none: nil
        }
    }
}

@Suite("Heart history, median and settings") struct HeartHistoryTests {
    @Test("keeps the latest rates in order, for every limit", arguments: [1, 2, 3, 7, 100])
    func limit(limit: Int) {
        var history = HeartHistory(limit: limit)
        for count in 1...(5 * limit + 1) {
            history.append(Double(count))
            #expect(history.rates.elementsEqual((max(1, count - limit + 1)...count).map(Double.init)))
        }
    }

    @Test("sums in numpy's order, as small numbers next to large ones show")
    func pairwise() {
        // Added one by one, the sum is 1e16; with eight lanes the ones are added first.
        let values = [1e16] + [Double](repeating: 1, count: 15)
        #expect(values.withUnsafeBufferPointer { PairwiseSum.sum(of: $0) } == 1.0000000000000014e16)
        #expect(values[..<7].withUnsafeBufferPointer { PairwiseSum.sum(of: $0) } == 1e16)
        #expect(values[3..<3].withUnsafeBufferPointer { PairwiseSum.sum(of: $0) } == 0)
        #expect([1.0, 2, 4].withUnsafeBufferPointer { PairwiseSum.sum(of: $0, squaredFrom: 2) } == 5)
    }

    @Test("the median matches that of a sorted array, for extremes and even windows", arguments: 3...9)
    func median(window: Int) {
        var random = SeededGenerator(seed: UInt64(window))
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

    @Test("accepts settings at their limits and rejects those beyond")
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
