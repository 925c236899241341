import Clocks
import Events
import Testing
import VirtualDevices

@testable import Signals

@Suite("String clock") struct StringClockTests {
    private static let beep = MonotonicTime(nanoseconds: 50_000_000_000)

    private struct TestArrival {
        let time: Nanoseconds
        let arrival: MonotonicTime
    }

    /// Shots of a timer with a clock error of `drift` millionths, each up to 66 ms late; the first one is the beep.
    private static func string(_ times: [Double], drift: Double = 0, seed: UInt64) -> [TestArrival] {
        var random = SeededRandom(seed: seed)
        return ([0] + times).map { time in
            let shown = Nanoseconds(seconds: time * (1 + drift / 1e6)).count / 10_000_000 * 10_000_000
            let delay = Double.random(in: 0.004...0.06, using: &random)
            return TestArrival(time: Nanoseconds(shown), arrival: beep + Nanoseconds(seconds: time + delay))
        }
    }

    private static func times(_ count: Int, every split: Double) -> [Double] {
        (1...count).map { Double($0) * split + 0.003 * Double($0 % 7) }
    }

    @Test("the error bound holds and shrinks as shots arrive")
    func coverage() throws {
        var inside = 0
        var bars: [[Double]] = [[], [], []]
        for seed in 0..<400 {
            var clock = StringClock()
            for (index, report) in Self.string(Self.times(20, every: 0.7), seed: UInt64(seed)).enumerated() {
                clock.record(report.time, at: report.arrival, .pushed)
                guard let place = [0, 5, 20].firstIndex(of: index) else { continue }
                let zero = try #require(clock.zero)
                bars[place].append(zero.error.inSeconds)
                if abs((zero.zero - Self.beep).inSeconds) <= zero.error.inSeconds { inside += 1 }
            }
        }
        #expect(inside >= 1_200 * 95 / 100, "\(inside)")
        let means = bars.map { $0.reduce(0, +) / Double($0.count) }
        #expect(means[0] > 0.03 && means[1] < 0.7 * means[0] && means[2] < 0.6 * means[1], "\(means)")
        #expect(means[2] < 0.01)
    }

    @Test("ten minutes with a clock that is 200 millionths off", arguments: [-200.0, 200])
    func drift(drift: Double) throws {
        for seed in 0..<10 {
            var clock = StringClock()
            let times = Self.times(60, every: 10)
            for report in Self.string(times, drift: drift, seed: UInt64(seed)) {
                clock.record(report.time, at: report.arrival, .pushed)
            }
            for time in times {
                let shown = Nanoseconds(seconds: time * (1 + drift / 1e6))
                let moment = try #require(clock.moment(of: shown))
                let error = (moment.time - (Self.beep + Nanoseconds(seconds: time))).inSeconds
                #expect(abs(error) < 0.014 && moment.error < .milliseconds(20), "\(error) at \(time)")
            }
        }
    }

    @Test("order and repeated reports do not matter")
    func orderAndDuplicates() throws {
        let report = Self.string(Self.times(9, every: 0.5), seed: 3)
        var clock = StringClock()
        for one in report { clock.record(one.time, at: one.arrival, .pushed) }
        var backwards = StringClock()
        for one in report.reversed() {
            backwards.record(one.time, at: one.arrival, .pushed)
            backwards.record(one.time, at: one.arrival + .milliseconds(90), .pushed)
        }
        let (zero, other) = (try #require(clock.zero), try #require(backwards.zero))
        #expect(abs((zero.zero - other.zero).inSeconds) < 0.001)
        #expect(backwards.arrivals.count == report.count)
    }

    @Test("a very late report has no effect")
    func outlier() throws {
        var clock = StringClock()
        for (index, one) in Self.string(Self.times(9, every: 0.5), seed: 5).enumerated() {
            let late = index == 0 || index == 4 ? Nanoseconds.milliseconds(260) : .zero
            clock.record(one.time, at: one.arrival + late, .pushed)
        }
        let zero = try #require(clock.zero)
        #expect(abs((zero.zero - Self.beep).inSeconds) <= zero.error.inSeconds)
        #expect(zero.error < .milliseconds(20))
    }

    @Test("a later query gives only an upper bound")
    func repaired() throws {
        var clock = StringClock()
        clock.record(.seconds(1), at: Self.beep + .seconds(60), .repaired)
        #expect(clock.zero == nil)
        let report = Self.string(Self.times(6, every: 0.5), seed: 7)
        for one in report { clock.record(one.time, at: one.arrival, .pushed) }
        let zero = try #require(clock.zero)
        #expect(abs((zero.zero - Self.beep).inSeconds) <= zero.error.inSeconds)
    }

    @Test("a polled timer has a larger error bound")
    func polled() throws {
        var random = SeededRandom(seed: 9)
        var inside = 0
        for _ in 0..<100 {
            var clock = StringClock()
            for time in Self.times(8, every: 0.9) {
                let delay = Double.random(in: 0.01...0.36, using: &random)
                let shown = Nanoseconds(Nanoseconds(seconds: time).count / 10_000_000 * 10_000_000)
                clock.record(shown, at: Self.beep + Nanoseconds(seconds: time + delay), .polled)
            }
            let zero = try #require(clock.zero)
            if abs((zero.zero - Self.beep).inSeconds) <= zero.error.inSeconds { inside += 1 }
            #expect(zero.error > .milliseconds(12))
        }
        #expect(inside >= 95)
    }

    @Test("limits its input and rejects invalid times")
    func limits() {
        var clock = StringClock()
        for index in 0..<700 { clock.record(.milliseconds(Int64(index) * 10), at: Self.beep, .repaired) }
        clock.record(.seconds(-1), at: Self.beep, .pushed)
        clock.record(.seconds(40_000), at: Self.beep, .pushed)
        #expect(clock.arrivals.count == StringClock.capacity)
        #expect(clock.zero == nil)
    }
}

@Suite("Arrival delays") struct ArrivalDelaysTests {
    private func likelihood(_ delay: Double, isBeep: Bool = false, _ source: TimerReportSource = .pushed) -> Double {
        ArrivalDelays().likelihood(of: delay, isBeep: isBeep, source)
    }

    @Test("the likelihoods add up to those of a uniform distribution", arguments: [true, false])
    func whole(isBeep: Bool) {
        let sum = stride(from: 0.05, to: 80, by: 0.1).reduce(0) {
            $0 + 0.1 * Probability.exponential(likelihood($1, isBeep: isBeep))
        }
        // The tails add a little.
        #expect(sum > 56 && sum < 60, "\(sum)")
    }

    @Test("a shot may arrive 10 ms later than a beep because its time is truncated")
    func cut() {
        #expect(likelihood(65) > likelihood(65, isBeep: true) + 2)
        // At both ends, the truncated part is all or nothing.
        #expect(likelihood(5) < likelihood(14) && likelihood(69) < likelihood(60))
        #expect(likelihood(5, isBeep: true) > likelihood(30, isBeep: true))
    }

    @Test("too early is impossible, too late is rare, and queried reports may be older")
    func edges() {
        #expect(likelihood(-2) < -8 && likelihood(-100) < -40)
        #expect(likelihood(200) > -10 && likelihood(200) < -4)
        #expect(likelihood(200, .polled) == likelihood(20, .polled))
        #expect(likelihood(5_000, .repaired) == 0 && likelihood(-2, .repaired) < -5)
    }
}
