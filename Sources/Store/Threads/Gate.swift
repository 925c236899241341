import Clocks
import Reactor

/// Something that happens once, and that async functions on the reactor may wait for.
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

    /// Returns when the gate is open, or the time is up.
    func wait(timeout limit: Nanoseconds, timers: TimerQueue) async {
        guard !isOpen else { return }
        let id = nextID
        nextID += 1
        let timeIsUp = timers.after(limit) { [weak self] in self?.waiting.removeValue(forKey: id)?.resume() }
        await withCheckedContinuation { waiting[id] = $0 }
        timers.cancel(timeIsUp)
    }
}
