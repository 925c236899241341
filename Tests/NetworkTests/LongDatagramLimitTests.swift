import Clocks
import Testing

@testable import Network

@Suite("Long datagrams") struct LongDatagramLimitTests {
    let start = MonotonicTime(nanoseconds: 1)

    func host(_ number: UInt32) -> IPAddress { IPAddress(v4: 0x0A00_0000 + number) }

    @Test("short ones are never limited; long ones have an allowance per host that grows with time")
    func allowance() {
        var limit = LongDatagramLimit()
        let short = (0..<10_000).count { _ in limit.allows(1_024, from: host(1), at: start) }
        #expect(short == 10_000)
        func count(from host: IPAddress, at time: MonotonicTime) -> Int {
            (0..<1_000).count { _ in limit.allows(16_384, from: host, at: time) }
        }
        #expect(count(from: host(1), at: start) == LongDatagramLimit.burstBytes / 15_360)
        #expect(count(from: host(2), at: start) == LongDatagramLimit.burstBytes / 15_360)
        #expect(count(from: host(1), at: start + .seconds(1)) == LongDatagramLimit.bytesPerSecond / 15_360)
        #expect(count(from: host(1), at: start + .seconds(3_600)) == LongDatagramLimit.burstBytes / 15_360)
    }

    @Test("a host without an account gets none while too many others send long datagrams")
    func manyHosts() {
        var limit = LongDatagramLimit()
        let ofMany = (0..<512).count { limit.allows(2_000, from: host(UInt32($0)), at: start) }
        #expect(ofMany == 512)
        let ofOne = [2_000, 1_000].map { limit.allows($0, from: host(600), at: start) }
        #expect(ofOne == [false, true])
        let later = limit.allows(2_000, from: host(600), at: start + .seconds(10))
        #expect(later)
    }
}
