import CLinux
import Synchronization

/// Runs the jobs of `ReactorActor` on the event loop's thread, and is the loop's mailbox: any thread may put work in.
///
/// The first job to run is the loop itself, which then runs all later jobs from within. That is why the code of the
/// loop is isolated to the actor like everything that it calls, and no call needs to assume its isolation.
package final class ReactorExecutor: SerialExecutor {
    package static let shared = ReactorExecutor()

    /// What other threads hand in: a job of the concurrency runtime, or a plain call.
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

    /// An eventfd: written by other threads to end the loop's sleep. It lives as long as the process.
    let wakeUp: Int32 = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    package func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// Has the loop call `body` in its next turn. Work from one thread is done in the order it was posted.
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

    /// Adds the waiting work to `batch`. With nothing to do and `willSleep`, the next work put in ends the sleep.
    func drain(into batch: inout [Work], willSleep: Bool) {
        mailbox.withLock { mailbox in
            batch.append(contentsOf: mailbox.work)
            mailbox.work.removeAll(keepingCapacity: true)
            mailbox.loopSleeps = willSleep && batch.isEmpty
        }
    }

    package func checkIsolated() {
        precondition(loopThread.load(ordering: .acquiring) == UInt(pthread_self()), "not on the reactor's thread")
    }
}

extension ReactorExecutor {
    /// Turns the calling thread into the reactor's and runs `start` there; returns when the loop is stopped.
    package func runOnThisThread(_ start: @escaping @ReactorActor @Sendable () -> Void) {
        let claim = loopThread.compareExchange(
            expected: 0, desired: UInt(pthread_self()), ordering: .sequentiallyConsistent)
        precondition(claim.exchanged, "the reactor runs already")
        post(start)
        runLoop()
    }

    /// Whoever uses the actor where no thread was given to it (tests, small tools) gets a thread for it.
    private func startThread() {
        let claim = loopThread.compareExchange(expected: 0, desired: .max, ordering: .sequentiallyConsistent)
        guard claim.exchanged else { return }
        NamedThread.start("reactor") { [self] in
            loopThread.store(UInt(pthread_self()), ordering: .releasing)
            runLoop()
        }
    }

    /// Runs jobs until none is left. One of them is the loop, and it takes over all that is put in while it runs.
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
