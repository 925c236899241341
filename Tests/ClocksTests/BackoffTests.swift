import Clocks
import Testing

@Suite("Back-off") struct BackoffTests {
    @Test("doubles up to the limit, and starts over after a success")
    func ladder() {
        var backoff = Backoff(first: .milliseconds(250), limit: .seconds(3))
        let steps = (0..<6).map { _ in backoff.nextDelay() }
        #expect(
            steps == [
                .milliseconds(250), .milliseconds(500), .milliseconds(1_000), .milliseconds(2_000), .seconds(3),
                .seconds(3),
            ])
        #expect(backoff.failures == 6)
        backoff.reset()
        #expect(backoff.failures == 0)
        #expect(backoff.nextDelay() == .milliseconds(250))
    }

    @Test("a first delay above the limit is lowered to it")
    func lowLimit() {
        var backoff = Backoff(first: .seconds(9), limit: .seconds(2))
        #expect(backoff.nextDelay() == .seconds(2))
        #expect(backoff.nextDelay() == .seconds(2))
    }

    @Test("grows by half up to the limit, and starts over after a success")
    func half() {
        var backoff = Backoff(first: .seconds(2), limit: .seconds(30), growth: .half)
        let delays = (0..<9).map { _ in backoff.nextDelay().inSeconds }
        #expect(delays == [2, 3, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30, 30])
        backoff.reset()
        #expect(backoff.nextDelay() == .seconds(2))
    }

    @Test("the longest limit is reached without overflow", arguments: [Backoff.Growth.double, .half])
    func longest(growth: Backoff.Growth) {
        var backoff = Backoff(first: .seconds(1), limit: Nanoseconds(.max), growth: growth)
        let delays = (0..<100).map { _ in backoff.nextDelay() }
        #expect(delays == delays.sorted() && delays.last == Nanoseconds(.max))
    }
}
