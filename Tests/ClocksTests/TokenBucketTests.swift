import Testing

@testable import Clocks

@Suite("Token buckets") struct TokenBucketTests {
    private static let rate = TokenBucket.Rate(perSecond: 10, burst: 5)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test("admit a burst, then one token per interval, and say how long the next one takes")
    func burst() {
        var bucket = TokenBucket()
        let waits = (0..<7).map { _ in bucket.spend(at: start, Self.rate) }
        #expect(waits == [nil, nil, nil, nil, nil, .milliseconds(100), .milliseconds(100)])
        #expect(bucket.spend(at: start + .milliseconds(60), Self.rate) == .milliseconds(40))
        #expect(bucket.spend(at: start + .milliseconds(100), Self.rate) == nil)
        #expect(bucket.spend(at: start + .milliseconds(100), Self.rate) == .milliseconds(100))
    }

    @Test("are full again after the time of the burst, and not fuller after a day")
    func refill() {
        for later in [Nanoseconds.milliseconds(500), .seconds(86_400)] {
            var bucket = TokenBucket()
            for _ in 0..<5 { #expect(bucket.spend(at: start, Self.rate) == nil) }
            #expect(bucket.isInUse(at: start) && !bucket.isInUse(at: start + later))
            let admitted = (0..<10).count { _ in bucket.spend(at: start + later, Self.rate) == nil }
            #expect(admitted == 5)
        }
    }

    @Test("several tokens are spent together or not at all")
    func several() {
        var bucket = TokenBucket()
        #expect(bucket.spend(3, at: start, Self.rate) == nil)
        #expect(bucket.spend(3, at: start, Self.rate) == .milliseconds(100))
        #expect(bucket.spend(2, at: start, Self.rate) == nil)
        #expect(bucket.spend(6, at: start + .seconds(10), Self.rate) != nil, "more than there can be")
    }

    @Test("an overdrawn bucket says how long it takes until the missing tokens are back")
    func overdraft() {
        var bucket = TokenBucket()
        let waits = (0..<7).map { _ in bucket.overdraw(at: start, Self.rate) }
        #expect(waits == [nil, nil, nil, nil, nil, .milliseconds(100), .milliseconds(200)])
        #expect(bucket.overdraw(at: start + .milliseconds(300), Self.rate) == nil)
    }

    @Test("keep their rate for hours", arguments: [1, 7, 60, 2_000, 262_144])
    func rates(perSecond: Int) {
        let rate = TokenBucket.Rate(perSecond: perSecond, burst: perSecond)
        var bucket = TokenBucket()
        var admitted = 0
        // Asked twice as often as it admits.
        let count = 4 * max(1_000, perSecond)
        for step in 0..<count {
            let now = start + Nanoseconds(Int64(step) * 500_000_000 / Int64(perSecond))
            if bucket.spend(at: now, rate) == nil { admitted += 1 }
        }
        let expected = count / 2 + perSecond
        #expect(abs(min(admitted, count) - min(expected, count)) <= max(2, expected / 1_000))
    }

    @Test("the extremes of time and of settings do not trap")
    func extremes() {
        for rate in [TokenBucket.Rate(perSecond: .max, burst: .max), TokenBucket.Rate(perSecond: 0, burst: 0)] {
            for time in [Int64.min, 0, .max] {
                var bucket = TokenBucket()
                _ = bucket.spend(at: MonotonicTime(nanoseconds: time), rate)
                _ = bucket.overdraw(at: MonotonicTime(nanoseconds: time), rate)
            }
        }
    }
}
