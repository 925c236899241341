import Clocks
import Testing

@testable import Store

@Suite("Back-off") struct BackoffTests {
    @Test("doubles up to the ceiling, and begins again after a success")
    func ladder() {
        var backoff = Backoff(first: .milliseconds(250), ceiling: .seconds(3))
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

    @Test("a first step above the ceiling is the ceiling")
    func lowCeiling() {
        var backoff = Backoff(first: .seconds(9), ceiling: .seconds(2))
        #expect(backoff.nextDelay() == .seconds(2))
        #expect(backoff.nextDelay() == .seconds(2))
    }
}
