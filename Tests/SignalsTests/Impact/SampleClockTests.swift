import Clocks
import Testing
import VirtualDevices

@testable import Signals

@Suite("Sample clock") struct SampleClockTests {
    /// Notifications every 40 ms of a sensor with a clock error of `drift`; the link takes 3 to 14 ms.
    private func largestError(
        drift: Double, seed: UInt64, seconds: Double, after settled: Double, losing lost: Range<Int> = 0..<0
    ) -> Double {
        var random = SeededRandom(seed: seed)
        var clock = SampleClock()
        var counted = Nanoseconds.zero
        var largest = 0.0
        for index in 1...Int(seconds * 25) {
            let truth = Double(index) * 0.04 * (1 + drift)
            let arrival = truth + Double.random(in: 0.003...0.014, using: &random)
            guard !lost.contains(index) else { continue }
            counted = counted + .milliseconds(40)
            clock.record(device: counted, at: MonotonicTime(nanoseconds: Nanoseconds(seconds: arrival).count))
            guard truth > settled, let time = clock.time(of: counted) else { continue }
            // 3 ms: the minimum latency.
            largest = max(largest, abs(Double(time.nanoseconds) / 1e9 - truth - 0.003))
        }
        return largest
    }

    @Test("link jitter hardly affects sample times", arguments: 1...10)
    func jitter(seed: UInt64) {
        #expect(largestError(drift: 0, seed: seed, seconds: 60, after: 2) < 0.003)
    }

    @Test("a sensor running at 99.3 Hz is corrected", arguments: [-0.007, -0.0002, 0.0002, 0.007])
    func drift(drift: Double) {
        #expect(largestError(drift: drift, seed: 3, seconds: 120, after: 15) < 0.003)
        #expect(largestError(drift: drift, seed: 3, seconds: 15, after: 2) < 0.011)
    }

    @Test("lost notifications shift later samples only briefly")
    func loss() {
        #expect(largestError(drift: 0, seed: 4, seconds: 10, after: 5.4, losing: 125..<129) < 0.01)
        #expect(largestError(drift: 0, seed: 4, seconds: 20, after: 7, losing: 125..<126) < 0.002)
    }

    @Test("a restarted chip clock restarts the mapping")
    func restart() {
        var clock = SampleClock()
        for index in 0..<100 {
            let arrival = MonotonicTime(nanoseconds: Int64(index) * 40_000_000)
            clock.record(device: .seconds(1_000) + .milliseconds(40 * Int64(index)), at: arrival)
        }
        let arrival = MonotonicTime(nanoseconds: 10_000_000_000)
        clock.record(device: .milliseconds(40), at: arrival)
        #expect(clock.time(of: .milliseconds(40)) == arrival)
        #expect(clock.time(of: .milliseconds(30)) == arrival - .milliseconds(10))
    }
}
