import Clocks
import Reactor
import TestSupport
import Testing

@Suite("Timers with a simulated clock") @ReactorActor
struct TimerQueueTests {
    let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))

    @Test("calls are made by deadline, then in order of scheduling")
    func order() {
        let log = Log()
        timers.after(.seconds(2)) { log.add("c") }
        timers.after(.seconds(1)) { log.add("a") }
        timers.after(.seconds(1)) { log.add("b") }
        #expect(timers.nextDeadline == MonotonicTime(nanoseconds: 1_000_000_000))
        timers.advance(to: MonotonicTime(nanoseconds: 999_999_999))
        #expect(log.lines == [])
        timers.advance(to: MonotonicTime(nanoseconds: 5_000_000_000))
        #expect(log.lines == ["a", "b", "c"])
        #expect(timers.nextDeadline == nil && timers.count == 0)
    }

    @Test("a cancelled call is never made, and cancelling twice is harmless")
    func cancel() {
        let log = Log()
        let token = timers.after(.seconds(1)) { log.add("never") }
        timers.after(.seconds(2)) { log.add("kept") }
        timers.cancel(token)
        timers.cancel(token)
        #expect(timers.nextDeadline == MonotonicTime(nanoseconds: 2_000_000_000))
        timers.advance(to: MonotonicTime(nanoseconds: 3_000_000_000))
        #expect(log.lines == ["kept"])
    }

    @Test("a call may cancel later ones, which then do not delay the next deadline")
    func cancelledByAnother() {
        let log = Log()
        let later = timers.after(.seconds(2)) { log.add("never") }
        timers.after(.seconds(1)) { timers.cancel(later) }
        timers.after(.seconds(3)) { log.add("kept") }
        timers.advance(to: MonotonicTime(nanoseconds: 1_000_000_000))
        #expect(timers.nextDeadline == MonotonicTime(nanoseconds: 3_000_000_000))
        timers.advance(to: MonotonicTime(nanoseconds: 3_000_000_000))
        #expect(log.lines == ["kept"] && timers.nextDeadline == nil)
    }

    @Test("a call that reschedules itself for now does not block the loop")
    func selfScheduling() {
        let log = Log()
        func again() {
            log.add("tick")
            timers.after(.zero) { again() }
        }
        again()
        for _ in 0..<3 { timers.advance(to: timers.now) }
        #expect(log.lines.count == 4)
    }

    @Test("ten thousand timers, half of them cancelled, fire in order")
    func many() {
        var random = SeededGenerator(seed: 7)
        let log = Log()
        var expected: [Int64] = []
        for index in 0..<10_000 {
            let deadline = Int64.random(in: 0..<1_000_000, using: &random)
            let token = timers.at(MonotonicTime(nanoseconds: deadline)) { log.add(deadline) }
            if index.isMultiple(of: 2) { timers.cancel(token) } else { expected.append(deadline) }
        }
        timers.advance(to: MonotonicTime(nanoseconds: 1_000_000))
        #expect(log.numbers == expected.sorted())
    }

    @Test("an async sleep ends at its deadline")
    func sleep() async throws {
        let sleeping = Task { @ReactorActor in try await timers.sleep(for: .seconds(1)) }
        while timers.count == 0 { await Task.yield() }
        timers.advance(to: MonotonicTime(nanoseconds: 1_000_000_000))
        try await sleeping.value
    }

    @Test("an async sleep ends at once when cancelled")
    func cancelledSleep() async {
        let sleeping = Task { @ReactorActor in try await timers.sleep(for: .seconds(1)) }
        while timers.count == 0 { await Task.yield() }
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
    }
}

@ReactorActor
private final class Log {
    var lines: [String] = []
    var numbers: [Int64] = []

    func add(_ line: String) { lines.append(line) }
    func add(_ number: Int64) { numbers.append(number) }
}
