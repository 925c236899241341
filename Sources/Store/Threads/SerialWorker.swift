import CLinux
import Reactor
import Synchronization

/// A thread of its own for work that blocks: does one job after the other, in the order they were handed in. The state
/// that the jobs work on is made on that thread, and never leaves it.
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

    /// Whoever submits sees to it that jobs do not pile up. False after `finish`: then the job is not done.
    @discardableResult
    package func submit(_ job: @escaping Job) -> Bool {
        let accepted = inbox.withLock { inbox in
            if !inbox.isFinished { inbox.jobs.append(job) }
            return !inbox.isFinished
        }
        if accepted { wake() }
        return accepted
    }

    /// The thread ends when it has done what was handed in so far. Without this call it never does.
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
