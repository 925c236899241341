import Clocks
import Testing

@testable import Drivers

@Suite("Limit of recorded swings") struct SwingLimitTests {
    /// Which of the swings at these times, in milliseconds, are admitted.
    private static func admitted(_ times: [Int64]) -> [Bool] {
        var limit = SwingLimit()
        return times.map { limit.admits(at: MonotonicTime(nanoseconds: 5_000_000_000 + $0 * 1_000_000)) }
    }

    @Test("admits a burst, and then one a second")
    func burst() {
        let full = Self.admitted([Int64](repeating: 0, count: SwingLimit.burst))
        #expect(!full.contains(false))
        let times = [Int64](repeating: 0, count: SwingLimit.burst) + [0, 999, 1_000, 1_000, 2_000]
        let later = Array(Self.admitted(times).suffix(5))
        #expect(later == [false, false, true, false, true])
    }

    @Test("never stops somebody who swings for an hour")
    func steady() {
        let hour = (0..<2_400).map { Int64($0) * 1_500 }
        #expect(!Self.admitted(hour).contains(false))
    }
}
