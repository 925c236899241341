import Clocks

/// Calls scheduled by time. The queue has no clock: its owner advances it, the event loop by the monotonic clock, a
/// test by its own.
@ReactorActor
package final class TimerQueue {
    /// Identifies a scheduled call.
    package struct Token: Hashable, Sendable {
        fileprivate let id: UInt64
    }

    private struct Entry {
        let deadline: MonotonicTime
        let id: UInt64
    }

    /// The time of the last `advance`. All code in one loop iteration sees the same time.
    package private(set) var now: MonotonicTime

    /// A cancelled entry stays in the heap until it reaches the front, where it is removed.
    private var heap: [Entry] = []
    private var bodies: [UInt64: @ReactorActor () -> Void] = [:]
    private var nextID: UInt64 = 0

    package init(now: MonotonicTime) {
        self.now = now
    }

    /// How many calls are scheduled.
    package var count: Int { bodies.count }

    /// When the next call is due; nil if none is scheduled.
    package var nextDeadline: MonotonicTime? { earliest?.deadline }

    private var earliest: Entry? { heap.isEmpty ? nil : heap[0] }

    /// Calls `body` once after `delay`.
    @discardableResult
    package func after(_ delay: Nanoseconds, _ body: @escaping @ReactorActor () -> Void) -> Token {
        at(now + delay, body)
    }

    @discardableResult
    package func at(_ deadline: MonotonicTime, _ body: @escaping @ReactorActor () -> Void) -> Token {
        let id = nextID
        nextID += 1
        bodies[id] = body
        insert(Entry(deadline: deadline, id: id))
        return Token(id: id)
    }

    /// Cancelling a call that was made or cancelled before has no effect.
    package func cancel(_ token: Token) {
        bodies[token.id] = nil
        if heap.count > 64, heap.count > 2 * bodies.count { removeCancelled() } else { removeCancelledFront() }
    }

    private func removeCancelledFront() {
        while let first = earliest, bodies[first.id] == nil { removeFirst() }
    }

    /// Sets the time and makes all due calls, by deadline and then in the order of scheduling. A call scheduled
    /// meanwhile for now waits for the next `advance`.
    package func advance(to time: MonotonicTime) {
        now = max(now, time)
        guard let first = earliest, first.deadline <= now else { return }
        let firstNewID = nextID
        var postponed: [Entry] = []
        while let first = earliest, first.deadline <= now {
            removeFirst()
            if first.id >= firstNewID {
                postponed.append(first)
            } else if let body = bodies.removeValue(forKey: first.id) {
                body()
            }
        }
        for entry in postponed { insert(entry) }
        removeCancelledFront()
    }

    /// Suspends an async function on the reactor for `delay`. Throws if it is cancelled.
    package func sleep(for delay: Nanoseconds) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                sleeper.begin(continuation)
                after(delay) { sleeper.end(nil) }
            }
        } onCancel: {
            ReactorExecutor.shared.post { sleeper.end(CancellationError()) }
        }
    }

    private func removeCancelled() {
        let live = heap.filter { bodies[$0.id] != nil }
        heap.removeAll(keepingCapacity: true)
        for entry in live { insert(entry) }
    }
}

/// A binary heap with the earliest deadline first.
extension TimerQueue {
    private static func isEarlier(_ left: Entry, _ right: Entry) -> Bool {
        left.deadline == right.deadline ? left.id < right.id : left.deadline < right.deadline
    }

    private func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isEarlier(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            let child = 2 * parent + 1
            if child < heap.count, Self.isEarlier(heap[child], heap[least]) { least = child }
            if child + 1 < heap.count, Self.isEarlier(heap[child + 1], heap[least]) { least = child + 1 }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// A suspended async function, resumed once: by its timer or by cancellation.
@ReactorActor
private final class Sleeper {
    private var continuation: CheckedContinuation<Void, any Error>?
    private var outcome: Result<Void, any Error>?

    func begin(_ continuation: CheckedContinuation<Void, any Error>) {
        if let outcome {
            continuation.resume(with: outcome)
        } else {
            self.continuation = continuation
        }
    }

    func end(_ error: (any Error)?) {
        guard outcome == nil else { return }
        let outcome: Result<Void, any Error> = error.map { .failure($0) } ?? .success(())
        self.outcome = outcome
        continuation?.resume(with: outcome)
        continuation = nil
    }
}
