import CLinux
import Synchronization

/// The global actor of the event loop's thread. Sessions, surfaces and the hub are isolated to it, so they call each
/// other directly, without locks, hops or allocations.
@globalActor
package actor ReactorActor {
    package static let shared = ReactorActor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        ReactorExecutor.shared.asUnownedSerialExecutor()
    }
}

/// Runs the jobs of `ReactorActor` on the event loop's thread. Any thread may submit work.
///
/// The first job is the loop itself, which runs all later jobs. The loop is therefore isolated to the actor like
/// everything it calls, and no call needs to assume its isolation.
package final class ReactorExecutor: SerialExecutor {
    package static let shared = ReactorExecutor()

    /// Work submitted by other threads: a job of the concurrency runtime, or a closure.
    enum Work {
        case job(UnownedJob)
        case call(@ReactorActor @Sendable () -> Void)
    }

    fileprivate struct Mailbox {
        var work: [Work] = []
        var loopSleeps = false
    }

    private let mailbox = Mutex(Mailbox())
    private let loopThread = Atomic<UInt>(0)

    /// An eventfd that other threads write to wake the loop. It lives as long as the process.
    let wakeUp: Int32 = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    package func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// Calls `body` in the next iteration of the loop. Work from one thread keeps its order.
    package func post(_ body: @escaping @ReactorActor @Sendable () -> Void) {
        submit(.call(body))
    }

    private func submit(_ work: Work) {
        let mustWake = mailbox.withLock { mailbox in
            mailbox.work.append(work)
            defer { mailbox.loopSleeps = false }
            return mailbox.loopSleeps
        }
        if mustWake {
            var one: UInt64 = 1
            _ = write(wakeUp, &one, MemoryLayout.size(ofValue: one))
        } else if loopThread.load(ordering: .acquiring) == 0 {
            startThread()
        }
    }

    /// Moves the pending work to `batch`. If there is none and `willSleep` is set, the next submission wakes the loop.
    func drain(into batch: inout [Work], willSleep: Bool) {
        mailbox.withLock { mailbox in
            // The usual case, twice per iteration.
            if !mailbox.work.isEmpty {
                batch.append(contentsOf: mailbox.work)
                mailbox.work.removeAll(keepingCapacity: true)
            }
            mailbox.loopSleeps = willSleep && batch.isEmpty
        }
    }

    package func checkIsolated() {
        precondition(loopThread.load(ordering: .acquiring) == UInt(pthread_self()), "not on the reactor's thread")
    }
}

extension ReactorExecutor {
    /// Makes the calling thread the reactor's thread and runs `start` on it; returns when the loop is stopped.
    package func runOnThisThread(_ start: @escaping @ReactorActor @Sendable () -> Void) {
        let claim = loopThread.compareExchange(
            expected: 0, desired: UInt(pthread_self()), ordering: .sequentiallyConsistent)
        precondition(claim.exchanged, "the reactor is already running")
        post(start)
        runLoop()
    }

    /// Programs that did not assign a thread (tests, small tools) get one at the first use of the actor.
    private func startThread() {
        let claim = loopThread.compareExchange(expected: 0, desired: .max, ordering: .sequentiallyConsistent)
        guard claim.exchanged else { return }
        NamedThread.start("reactor") { [self] in
            loopThread.store(UInt(pthread_self()), ordering: .releasing)
            runLoop()
        }
    }

    /// Runs jobs until none is left. One of them is the loop, which takes over all work submitted while it runs.
    private func runLoop() {
        Task { @ReactorActor in EventLoop.shared.run() }
        while let job = mailbox.withLock({ $0.removeFirstJob() }) {
            job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }
}

extension ReactorExecutor.Mailbox {
    fileprivate mutating func removeFirstJob() -> UnownedJob? {
        for (index, item) in work.enumerated() {
            guard case .job(let job) = item else { continue }
            work.remove(at: index)
            return job
        }
        return nil
    }
}
