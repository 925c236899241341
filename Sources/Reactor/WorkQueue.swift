import Clocks

/// Has work that is divided among the iterations of the loop.
@ReactorActor
package protocol QueuedWorker: AnyObject {
    /// Performs a bounded share of the work. A worker that has more adds itself to the queue again, behind the others.
    func performShare()
}

/// The work of clients, a share at a time and in fair order. An iteration spends a limited time on it; the rest waits
/// for the next one. So devices, timers and events wait for at most one share longer than that time, however much the
/// clients request.
@ReactorActor
package final class WorkQueue {
    /// Those that wait begin at `first`.
    private var workers: [(any QueuedWorker)?] = []
    private var first = 0

    package init() {}

    package var isEmpty: Bool { first == workers.count }

    /// Adds a worker at the end. It must not be in the queue already.
    package func add(_ worker: any QueuedWorker) {
        workers.append(worker)
    }

    /// Performs shares in order until the queue is empty or the time is over; at least one.
    package func run(for limit: Nanoseconds, now: () -> MonotonicTime = SystemClock.monotonic) {
        guard !isEmpty else { return }
        let end = now() + limit
        repeat { removeFirst()?.performShare() } while !isEmpty && now() < end
    }

    private func removeFirst() -> (any QueuedWorker)? {
        let worker = workers[first].take()
        first += 1
        if isEmpty {
            workers.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 256, first > workers.count / 2 {
            workers.removeSubrange(..<first)
            first = 0
        }
        return worker
    }
}
