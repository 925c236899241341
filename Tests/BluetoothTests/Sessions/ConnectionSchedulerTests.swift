import Bluetooth
import Clocks
import Testing
import VirtualDevices

@Suite("Reconnection and scheduling") struct ConnectionSchedulerTests {
    @Test("backs off to a minute with jitter")
    func delays() {
        var random = SeededRandom(seed: 1)
        var policy = ReconnectPolicy()
        var delays = (0..<12).map { _ in policy.nextDelay(readyFor: nil, using: &random) }
        #expect(delays.removeFirst() == .zero)
        for (index, delay) in delays.enumerated() {
            let middle = min(60, Double(1 << index))
            #expect(delay.inSeconds >= middle * 0.75 && delay.inSeconds <= middle * 1.25)
        }
        var other = ReconnectPolicy()
        let others = (0..<12).map { _ in other.nextDelay(readyFor: nil, using: &random) }
        #expect(others.dropFirst() != delays[...])
    }

    @Test("reconnects at once after a stable link only")
    func goodLink() {
        var random = SeededRandom(seed: 2)
        var policy = ReconnectPolicy()
        for _ in 0..<5 { _ = policy.nextDelay(readyFor: nil, using: &random) }
        let short = policy.nextDelay(readyFor: ReconnectPolicy.stableLinkDuration - Nanoseconds(1), using: &random)
        let good = policy.nextDelay(readyFor: ReconnectPolicy.stableLinkDuration, using: &random)
        let next = policy.nextDelay(readyFor: .seconds(1), using: &random)
        #expect(short > .seconds(10) && good == .zero && next < .seconds(2))
    }

    @Test("retries for ever without overflow")
    func unlimited() {
        var random = SeededRandom(seed: 3)
        var policy = ReconnectPolicy()
        for _ in 0..<10_000 { _ = policy.nextDelay(readyFor: nil, using: &random) }
        let delay = policy.nextDelay(readyFor: nil, using: &random)
        #expect(delay >= .seconds(45) && delay <= .seconds(75))
    }

    @Test("runs one attempt at a time, in the order of their due times")
    func order() {
        var scheduler = ConnectionScheduler<String>()
        let start = MonotonicTime(nanoseconds: 0)
        scheduler.schedule("late", at: start + .seconds(9))
        scheduler.schedule("second", at: start + .seconds(2))
        scheduler.schedule("first", at: start + .seconds(1))
        scheduler.schedule("third", at: start + .seconds(2))
        #expect(scheduler.deadline == start + .seconds(1) && scheduler.current == nil)
        let early = scheduler.next(at: start)
        #expect(early == nil)
        var order: [String] = []
        while let device = scheduler.next(at: start + .seconds(5)) {
            order.append(device)
            let other = scheduler.next(at: start + .seconds(5))
            #expect(other == nil && scheduler.deadline == nil && scheduler.current == device)
            // The current device is not scheduled again.
            scheduler.schedule(device, at: start)
            scheduler.finish("other")
            #expect(scheduler.current == device)
            scheduler.finish(device)
        }
        #expect(order == ["first", "second", "third"] && scheduler.count == 1)
    }

    @Test("reschedules, removes and limits devices")
    func queue() {
        var scheduler = ConnectionScheduler<Int>()
        let start = MonotonicTime(nanoseconds: 0)
        for _ in 0..<3 { scheduler.schedule(1, at: start + .seconds(3)) }
        scheduler.schedule(1, at: start)
        #expect(scheduler.count == 1 && scheduler.deadline == start)
        scheduler.remove(1)
        #expect(scheduler.count == 0 && scheduler.deadline == nil)
        var accepted: [Bool] = []
        for number in 0...ConnectionScheduler<Int>.capacity { accepted.append(scheduler.schedule(number, at: start)) }
        #expect(accepted.filter { !$0 }.count == 1 && accepted.last == false)
    }
}
