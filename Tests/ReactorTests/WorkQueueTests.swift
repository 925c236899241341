import Clocks
import Reactor
import Testing

@Suite("Work queue") @ReactorActor
struct WorkQueueTests {
    private let queue = WorkQueue()
    private let log = WorkLog()

    @Test("gives every worker a share before the first one has its second")
    func fairOrder() {
        for name in ["a", "b", "c"] { queue.add(Worker(name, shares: name == "b" ? 1 : 3, on: queue, log)) }
        queue.run(for: .seconds(1)) { MonotonicTime(nanoseconds: 0) }
        #expect(log.shares == ["a", "b", "c", "a", "c", "a", "c"])
        #expect(queue.isEmpty)
    }

    @Test("continues in the next iteration when the time is over")
    func timeLimit() {
        for name in ["a", "b"] { queue.add(Worker(name, shares: 3, on: queue, log)) }
        var time = MonotonicTime(nanoseconds: 0)
        // Each share takes 1 ms.
        func run() {
            queue.run(for: .milliseconds(2)) {
                defer { time = time + .milliseconds(1) }
                return time
            }
        }
        run()
        #expect(log.shares == ["a", "b"])
        run()
        #expect(log.shares == ["a", "b", "a", "b"])
        #expect(!queue.isEmpty)
    }

    @Test("performs one share even without time, so that it always progresses")
    func noTime() {
        queue.add(Worker("a", shares: 2, on: queue, log))
        queue.run(for: .zero) { MonotonicTime(nanoseconds: 0) }
        #expect(log.shares == ["a"])
    }

    @Test("releases a worker with its last share, also while others remain")
    func release() {
        weak var released: Worker?
        func addWorker() {
            let worker = Worker("a", shares: 1, on: queue, log)
            released = worker
            queue.add(worker)
        }
        addWorker()
        queue.add(Worker("b", shares: 1_000, on: queue, log))
        for _ in 0..<600 { queue.run(for: .zero) { MonotonicTime(nanoseconds: 0) } }
        #expect(released == nil)
        #expect(log.shares.count == 600)
    }
}

@ReactorActor private final class WorkLog {
    var shares: [String] = []
}

@ReactorActor private final class Worker: QueuedWorker {
    private let name: String
    private var shares: Int
    private let queue: WorkQueue
    private let log: WorkLog

    init(_ name: String, shares: Int, on queue: WorkQueue, _ log: WorkLog) {
        (self.name, self.shares, self.queue, self.log) = (name, shares, queue, log)
    }

    func performShare() {
        log.shares.append(name)
        shares -= 1
        if shares > 0 { queue.add(self) }
    }
}
