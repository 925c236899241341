import Clocks
import Logging
import Metrics
import Reactor
import Synchronization

/// The number of bytes that connections hold. Bytes that several connections share count once.
final class MemoryUse: Sendable {
    private let count = Atomic<Int>(0)

    var bytes: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) { count.add(bytes, ordering: .relaxed) }
}

/// The memory that the connections of all servers may hold together: request bodies, unfinished messages, and input and
/// output that waits. When it is exceeded, the connections that hold most are closed first.
@ReactorActor
package final class MemoryBudget: IterationEndHandler {
    let limit: Int
    let use = MemoryUse()
    private let timers: TimerQueue
    private let evictions: Counter
    private var servers: [() -> [ClientConnection]] = []
    private var mustRelieve = false
    private let log = ThrottledLog()
    private(set) var trim = MemoryTrim()
    private var trimTimer: TimerQueue.Token?
    private var connectionCount = 0

    package nonisolated static let defaultLimit = 64 << 20

    package init(
        limit: Int = MemoryBudget.defaultLimit, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.limit = limit
        self.timers = timers
        evictions = metrics.counter(
            "leadville_web_evicted_total",
            "Connections closed because all connections together held more memory than web.maximum_memory_bytes.")
        metrics.gauge(
            "leadville_web_memory_bytes",
            "Memory held by all connections: bodies, unfinished messages, waiting input and output."
        ) { [use] in Double(use.bytes) }
    }

    /// - Parameter connections: the connections of one more server.
    func add(_ connections: @escaping @ReactorActor () -> [ClientConnection]) {
        servers.append(connections)
    }

    /// Counts a change in what one connection holds alone.
    func add(_ bytes: Int) {
        use.add(bytes)
        check()
    }

    func countConnections(_ change: Int) {
        connectionCount += change
        if change > 0 { check() }
    }

    /// Frees memory at the end of the iteration if there is too little left.
    func check() {
        if trim.record(footprint) { startTrimTimer() }
        guard use.bytes > limit, !mustRelieve else { return }
        mustRelieve = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    package func iterationEnded() {
        mustRelieve = false
        guard use.bytes > limit else { return }
        let connections = servers.flatMap { $0() }
        // An eighth more than necessary, so that the connections are not sorted for every further byte.
        for connection in Self.greediest(connections.map { ($0, $0.heldBytes) }) where use.bytes > limit - limit / 8 {
            log.warning(
                "memory",
                "Closed the connection of \(connection.peer), which held \(connection.heldBytes >> 10) KiB: all connections "
                    + "together hold more than \(limit >> 10) KiB (web.maximum_memory_bytes)")
            evictions.add()
            connection.evict()
        }
    }

    /// Those that hold anything, most first.
    nonisolated static func greediest<Connection>(_ connections: [(Connection, Int)]) -> [Connection] {
        connections.filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.map(\.0)
    }

    /// What connections occupy, with an estimate for the objects of each.
    private var footprint: Int { use.bytes + connectionCount * 4_096 }

    private func startTrimTimer() {
        guard trimTimer == nil else { return }
        trimTimer = timers.after(MemoryTrim.interval) { [weak self] in
            guard let self else { return }
            trimTimer = nil
            if trim.isDue(footprint) { ProcessMemory.releaseFree() }
            if trim.isPending { startTrimTimer() }
        }
    }
}

/// Decides when freed memory is returned to the system: after connections have held much, and hold little again.
struct MemoryTrim: Hashable, Sendable {
    /// Less is not worth the time.
    static let threshold = 8 << 20
    static let interval = Nanoseconds.seconds(5)

    private var peak = 0

    /// Whether memory will have to be returned.
    var isPending: Bool { peak > Self.threshold }

    /// Records how much is held; returns whether memory will have to be returned.
    mutating func record(_ bytes: Int) -> Bool {
        peak = max(peak, bytes)
        return isPending
    }

    mutating func isDue(_ bytes: Int) -> Bool {
        guard isPending, bytes < peak / 2 else { return false }
        peak = bytes
        return true
    }
}
