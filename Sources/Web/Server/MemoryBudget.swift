import Logging
import Metrics
import Network
import Reactor
import Synchronization

/// The number of bytes that connections hold. Bytes that several connections share count once.
final class MemoryUse: Sendable {
    private let count = Atomic<Int>(0)

    var bytes: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) { count.add(bytes, ordering: .relaxed) }
}

/// What holds memory for one client.
@ReactorActor
protocol MemoryHolder: AnyObject {
    var peer: SocketAddress { get }
    var heldBytes: Int { get }
    /// Closes it and releases what it holds.
    func evict()
}

extension ClientConnection: MemoryHolder {}

/// The memory that the connections of all servers may hold together: request bodies, unfinished messages, and input and
/// output that waits. When it is exceeded, the connections that hold most are closed first.
@ReactorActor
package final class MemoryBudget: IterationEndHandler {
    let limit: Int
    let use = MemoryUse()
    private let evictions: Counter
    private var servers: [() -> [any MemoryHolder]] = []
    private var mustRelieve = false
    private let log = ThrottledLog()

    package nonisolated static let defaultLimit = 64 << 20

    package init(limit: Int = MemoryBudget.defaultLimit, metrics: MetricsRegistry) {
        self.limit = limit
        evictions = metrics.counter(
            "leadville_web_evicted_total",
            "Connections closed because all connections together held more memory than web.maximum_memory_bytes.")
        metrics.gauge(
            "leadville_web_memory_bytes",
            "Memory held by all connections: bodies, unfinished messages, waiting input and output."
        ) { [use] in Double(use.bytes) }
    }

    /// - Parameter holders: the connections of one more server.
    func add(_ holders: @escaping @ReactorActor () -> [any MemoryHolder]) {
        servers.append(holders)
    }

    /// Counts a change in what one connection holds alone.
    func add(_ bytes: Int) {
        use.add(bytes)
        check()
    }

    /// Frees memory at the end of the iteration if there is too little left.
    func check() {
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
}
