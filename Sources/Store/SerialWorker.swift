import CLinux
import Clocks
import Reactor
import Synchronization

/// A thread for work that blocks: runs one job after the other, in the order of submission. The state that the jobs
/// work on is created on that thread, and never leaves it.
package final class SerialWorker<State>: Sendable {
    package typealias Job = @Sendable (State) -> Void

    private struct Inbox {
        var jobs: [Job] = []
        var isFinished = false
    }

    private let inbox = Mutex(Inbox())
    /// An eventfd. The thread sleeps in reading it.
    private let wakeUp: Int32

    package init(_ name: StaticString, makeState: @escaping @Sendable () -> State) throws(SystemError) {
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC))
        guard wakeUp >= 0 else { throw SystemError("eventfd") }
        NamedThread.start(name) { [self] in run(makeState()) }
    }

    deinit {
        close(wakeUp)
    }

    /// The caller bounds how many jobs are pending. Returns false after `finish`: then the job does not run.
    @discardableResult
    package func submit(_ job: @escaping Job) -> Bool {
        let accepted = inbox.withLock { inbox in
            if !inbox.isFinished { inbox.jobs.append(job) }
            return !inbox.isFinished
        }
        if accepted { wake() }
        return accepted
    }

    /// Ends the thread after the jobs submitted so far. Without this call it never ends.
    package func finish() {
        inbox.withLock { $0.isFinished = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout.size(ofValue: one))
    }

    private func run(_ state: State) {
        while true {
            let (jobs, isFinished) = inbox.withLock { inbox in
                defer { inbox.jobs.removeAll(keepingCapacity: true) }
                return (inbox.jobs, inbox.isFinished)
            }
            for job in jobs { job(state) }
            if isFinished { return }
            var count: UInt64 = 0
            _ = read(wakeUp, &count, MemoryLayout.size(ofValue: count))
        }
    }
}

/// A condition that becomes true once, and that async functions on the reactor can wait for.
@ReactorActor
final class Gate {
    private(set) var isOpen = false
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextID = 0

    func open() {
        isOpen = true
        for continuation in waiting.values { continuation.resume() }
        waiting.removeAll()
    }

    /// Returns when the gate is open, or after `timeout`.
    func wait(timeout: Nanoseconds, timers: TimerQueue) async {
        guard !isOpen else { return }
        let id = nextID
        nextID += 1
        let timer = timers.after(timeout) { [weak self] in self?.waiting.removeValue(forKey: id)?.resume() }
        await withCheckedContinuation { waiting[id] = $0 }
        timers.cancel(timer)
    }
}
