import Events
import Testing

@testable import Signals

@Suite("Heart signal") struct HeartSignalTests {
    /// A signal that has seen `count` readings of 72 and so is past its start-up.
    private func steadySignal(count: Int = 20) throws -> HeartSignal {
        var signal = HeartSignal()
        for _ in 0..<count { _ = try signal.receive(72, fingerDetected: true) }
        return signal
    }

    @Test("one spike leaves no trace")
    func spike() throws {
        var signal = try steadySignal()
        #expect(try signal.receive(140, fingerDetected: true) == .rate(72, .median))
        #expect(try signal.receive(72, fingerDetected: true) == .rate(72, .smoothed))
    }

    @Test("a change that stays is held back for four readings and followed from the fifth")
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

    @Test("exactly the threshold away is no outlier")
    func threshold() throws {
        var signal = try steadySignal()
        #expect(try signal.receive(87, fingerDetected: true) == .rate(0.3 * 87 + (1 - 0.3) * 72, .smoothed))
        #expect(try signal.receive(87.00001, fingerDetected: true).origin == .median)
        #expect(try signal.receive(57, fingerDetected: true).origin == .smoothed)
        #expect(try signal.receive(56.99999, fingerDetected: true).origin == .median)
    }

    @Test("no reading is rejected for ever: whatever comes, the rate ends within reach of what stays")
    func neverStuck() throws {
        var random = SplitMix(seed: 11)
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

    @Test("ten readings pass unchanged, the eleventh is averaged")
    func startUp() throws {
        var signal = HeartSignal()
        for reading in stride(from: 60.0, to: 70, by: 1) {
            #expect(try signal.receive(reading, fingerDetected: true) == .rate(reading, .measured))
        }
        #expect(try signal.receive(70, fingerDetected: true) == .rate(0.3 * 70 + (1 - 0.3) * 69, .smoothed))
    }

    @Test("two readings without a finger still count, the third gives no rate, and the finger's return starts anew")
    func finger() throws {
        var signal = try steadySignal()
        #expect(try signal.receive(72, fingerDetected: false) == .rate(72, .smoothed))
        #expect(try signal.receive(0, fingerDetected: false) == .none(.notMeasured))
        for _ in 0..<5 { #expect(try signal.receive(72, fingerDetected: false) == .none(.fingerLifted)) }
        #expect(try signal.receive(90, fingerDetected: true) == .rate(90, .measured))
        #expect(signal.history.rates.count == 22)
        #expect(signal.history.rates.last == 90)
    }

    @Test("out of range holds the rate before; without one there is no rate")
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

    @Test("what is not finite is refused and leaves no trace", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(reading: Double) throws {
        var touched = try steadySignal()
        var untouched = touched
        for _ in 0..<5 {
            #expect(throws: HeartSignalError.notFinite) { try touched.receive(reading, fingerDetected: false) }
        }
        #expect(try touched.receive(80, fingerDetected: true) == untouched.receive(80, fingerDetected: true))
        #expect(touched.history.statistics == untouched.history.statistics)
    }

    @Test("every rate and statistic is finite and in range, whatever is sent")
    func always() throws {
        var random = SplitMix(seed: 3)
        let odd: [Double] = [0, -0.0, -1, 1e308, -1e308, .leastNonzeroMagnitude, 40, 200, 39.9, 200.1]
        var signal = HeartSignal()
        for _ in 0..<20_000 {
            let reading =
                Bool.random(using: &random)
                ? .random(in: 30...220, using: &random) : odd.randomElement(using: &random) ?? 0
            let rate = try signal.receive(reading, fingerDetected: Int.random(in: 0..<6, using: &random) > 0)
            if let shown = rate.beatsPerMinute { #expect(shown >= 40 && shown <= 200) }
            guard let statistics = signal.history.statistics else { continue }
            #expect(statistics.mean >= 40 && statistics.mean <= 200)
            #expect(statistics.standardDeviation >= 0 && statistics.standardDeviation <= 80)
        }
    }

    @Test("switched off, readings in range pass and are remembered")
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
