import Bluetooth
import Clocks
import Testing

@Suite("Coming back to a device") struct ReconnectPolicyTests {
    @Test("at once, then ever more rarely, up to a minute, and never in step")
    func delays() {
        var random = SplitMix(seed: 1)
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

    @Test("a good link makes the next attempt immediate, a short one does not")
    func goodLink() {
        var random = SplitMix(seed: 2)
        var policy = ReconnectPolicy()
        for _ in 0..<5 { _ = policy.nextDelay(readyFor: nil, using: &random) }
        let short = policy.nextDelay(readyFor: ReconnectPolicy.stableLinkDuration - Nanoseconds(1), using: &random)
        let good = policy.nextDelay(readyFor: ReconnectPolicy.stableLinkDuration, using: &random)
        let next = policy.nextDelay(readyFor: .seconds(1), using: &random)
        #expect(short > .seconds(10) && good == .zero && next < .seconds(2))
    }

    @Test("a device that never comes back is asked for ever, without a number that overflows")
    func forEver() {
        var random = SplitMix(seed: 3)
        var policy = ReconnectPolicy()
        for _ in 0..<10_000 { _ = policy.nextDelay(readyFor: nil, using: &random) }
        let delay = policy.nextDelay(readyFor: nil, using: &random)
        #expect(delay >= .seconds(45) && delay <= .seconds(75))
    }

    @Test("one is connected to at a time, in the order in which their times came, and nobody scans meanwhile")
    func turns() {
        var turns = ConnectionScheduler<String>()
        let start = MonotonicTime(nanoseconds: 0)
        turns.schedule("late", at: start + .seconds(9))
        turns.schedule("second", at: start + .seconds(2))
        turns.schedule("first", at: start + .seconds(1))
        turns.schedule("third", at: start + .seconds(2))
        #expect(turns.deadline == start + .seconds(1) && turns.allowsScan)
        let early = turns.next(at: start)
        #expect(early == nil)
        var order: [String] = []
        while let device = turns.next(at: start + .seconds(5)) {
            order.append(device)
            let other = turns.next(at: start + .seconds(5))
            #expect(other == nil && turns.deadline == nil && !turns.allowsScan)
            // Whose turn it is does not stand in line for another one.
            turns.schedule(device, at: start)
            turns.finish("nobody")
            #expect(turns.current == device)
            turns.finish(device)
        }
        #expect(order == ["first", "second", "third"] && turns.count == 1)
    }

    @Test("who wants again waits once, who is forgotten waits no more, and the line has an end")
    func line() {
        var turns = ConnectionScheduler<Int>()
        let start = MonotonicTime(nanoseconds: 0)
        for _ in 0..<3 { turns.schedule(1, at: start + .seconds(3)) }
        turns.schedule(1, at: start)
        #expect(turns.count == 1 && turns.deadline == start)
        turns.remove(1)
        #expect(turns.count == 0 && turns.deadline == nil)
        var taken: [Bool] = []
        for number in 0...ConnectionScheduler<Int>.capacity { taken.append(turns.schedule(number, at: start)) }
        #expect(taken.filter { !$0 }.count == 1 && taken.last == false)
    }
}
