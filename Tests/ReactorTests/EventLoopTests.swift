import CLinux
import Clocks
import Glibc
import Reactor
import Testing

@Suite("Event loop with real descriptors") @ReactorActor
struct EventLoopTests {
    @Test("a readable descriptor reaches its handler only while it is watched")
    func readable() async throws {
        let pipe = try Pipe()
        let reader = Reader(pipe.reading)
        try reader.start()
        pipe.write("x")
        await reader.next()
        #expect(reader.bytes == Array("x".utf8))
        reader.stop()
        pipe.write("y")
        await waitForIteration()
        await waitForIteration()
        #expect(reader.bytes == Array("x".utf8))
    }

    @Test("a pending event of an ended watch does not reach the next user of its slot")
    func staleEvent() async throws {
        let first = try Pipe()
        let second = try Pipe()
        let silent = try Pipe()
        let late = Reader(silent.reading)
        // Whichever handler runs first ends the other's watch and reuses its slot for a new one.
        let a = Reader(first.reading)
        let b = Reader(second.reading)
        a.onRead = {
            b.stop(); try? late.start()
        }
        b.onRead = {
            a.stop(); try? late.start()
        }
        try a.start()
        try b.start()
        first.write("1")
        second.write("2")
        await waitForIteration()
        await waitForIteration()
        #expect(a.bytes.count + b.bytes.count == 1)
        #expect(late.calls == 0)
    }

    @Test("work posted by other threads runs in order on the reactor's thread")
    func mailbox() async {
        let sum = Sum()
        await withCheckedContinuation { continuation in
            NamedThread.start("poster") {
                for number in 0..<1_000 {
                    ReactorExecutor.shared.post { sum.add(number) }
                }
                ReactorExecutor.shared.post { continuation.resume() }
            }
        }
        #expect(sum.numbers == Array(0..<1_000))
    }

    @Test("work from other threads that takes long does not delay a timer until all of it is done")
    func limitedMailbox() async {
        let sum = Sum()
        await withCheckedContinuation { continuation in
            ReactorExecutor.shared.post {
                EventLoop.shared.timers.after(.zero) { sum.add(1) }
                let end = SystemClock.monotonic() + .milliseconds(2)
                while SystemClock.monotonic() < end {}
            }
            ReactorExecutor.shared.post {
                sum.add(2)
                continuation.resume()
            }
        }
        #expect(sum.numbers == [1, 2])
    }

    @Test("end handlers run once, at the end of the iteration that registered them")
    func endHandlers() async {
        let handler = EndHandler()
        EventLoop.shared.callAtEndOfIteration(handler)
        #expect(handler.calls == 0)
        await waitForIteration()
        #expect(handler.calls == 1)
        await waitForIteration()
        #expect(handler.calls == 1)
    }

    @Test("a blocked signal arrives as an event")
    func signals() async throws {
        // Sent to this thread only, where it is blocked: the other threads of the test process do not receive it.
        ProcessSignals.block([SIGUSR2])
        let received = try await withCheckedThrowingContinuation { continuation in
            do {
                let box = Box<ProcessSignals>()
                box.value = try ProcessSignals([SIGUSR2]) { number in
                    box.value?.stop()
                    continuation.resume(returning: number)
                }
                pthread_kill(pthread_self(), SIGUSR2)
            } catch {
                continuation.resume(throwing: error)
            }
        }
        #expect(received == SIGUSR2)
    }

    @Test("the loop's timers use real time")
    func timers() async throws {
        let begin = SystemClock.monotonic()
        try await EventLoop.shared.timers.sleep(for: .milliseconds(3))
        #expect(SystemClock.monotonic() - begin >= .milliseconds(3))
    }

    /// Returns after at least one more complete iteration.
    private func waitForIteration() async {
        await withCheckedContinuation { continuation in
            EventLoop.shared.timers.after(.zero) { ReactorExecutor.shared.post { continuation.resume() } }
        }
    }
}

@ReactorActor private final class Sum {
    var numbers: [Int] = []
    func add(_ number: Int) { numbers.append(number) }
}

@ReactorActor private final class Box<Value> {
    var value: Value?
}

@ReactorActor private final class EndHandler: IterationEndHandler {
    var calls = 0
    func iterationEnded() { calls += 1 }
}

private final class Pipe: Sendable {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    func write(_ text: String) { _ = Glibc.write(writing, text, text.utf8.count) }
}

@ReactorActor private final class Reader: DescriptorHandler {
    let descriptor: Int32
    var bytes: [UInt8] = []
    var calls = 0
    var onRead: (() -> Void)?
    private var watch: EventLoop.Watch?
    private var waiting: CheckedContinuation<Void, Never>?

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func start() throws { watch = try EventLoop.shared.watch(descriptor, for: .readable, handler: self) }

    func stop() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
    }

    func next() async { await withCheckedContinuation { waiting = $0 } }

    func descriptorIsReady(_: Readiness) {
        calls += 1
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &buffer, buffer.count)
        bytes += buffer.prefix(max(0, count))
        onRead?()
        waiting?.resume()
        waiting = nil
    }
}
