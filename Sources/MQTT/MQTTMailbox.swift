import CLinux
import Clocks
import Glibc
import Reactor
import Synchronization

/// Carries messages between the connection's thread and the reactor, in both directions and bounded.
final class MQTTMailbox: Sendable {
    struct Incoming: Sendable {
        let message: MQTTMessage
        let arrived: Moment
    }

    /// Totals since the start.
    struct Counters: Sendable {
        var droppedIncoming = 0
        var tooLong = 0
        var droppedOutgoing = 0
        var unsupportedOutgoing = 0
    }

    private struct State {
        var incoming: [Incoming] = []
        var first = 0
        var incomingBytes = 0
        /// Whether the reactor has been notified.
        var isScheduled = false
        /// Whether the thread waits until the reactor has caught up.
        var isPaused = false
        var outgoing: [MQTTMessage] = []
        var outgoingBytes = 0
        /// Messages are only accepted for an existing connection.
        var isConnected = false
        var isStopping = false
        var counters = Counters()

        var waiting: Int { incoming.count - first }
    }

    let limits: MQTTLimits
    /// An eventfd that wakes the thread.
    let wakeUp: Int32
    private let state = Mutex(State())

    init(_ limits: MQTTLimits) throws(SystemError) {
        self.limits = limits
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUp >= 0 else { throw SystemError("eventfd") }
    }

    deinit {
        close(wakeUp)
    }

    var counters: Counters { state.withLock { $0.counters } }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout.size(ofValue: one))
    }

    // MARK: The thread's side

    /// Returns whether the reactor must be notified. A message that may be lost is dropped when there is no room.
    func receive(_ message: MQTTMessage, at moment: Moment) -> Bool {
        state.withLock { state in
            if message.quality == .atMostOnce, isFull(state) {
                state.counters.droppedIncoming += 1
                return false
            }
            state.incoming.append(Incoming(message: message, arrived: moment))
            state.incomingBytes += message.payload.count
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
    }

    func rejectTooLong() { state.withLock { $0.counters.tooLong += 1 } }

    func rejectOutgoing() { state.withLock { $0.counters.unsupportedOutgoing += 1 } }

    /// Whether the thread may read on; if not, it is woken as soon as it may.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.isPaused = isFull(state)
            return !state.isPaused
        }
    }

    private func isFull(_ state: State) -> Bool {
        state.waiting >= limits.messages || state.incomingBytes >= limits.bytes
    }

    func drainOutgoing() -> [MQTTMessage] {
        state.withLock { state in
            defer {
                state.outgoing.removeAll()
                state.outgoingBytes = 0
            }
            return state.outgoing
        }
    }

    func setConnected(_ isConnected: Bool) {
        state.withLock { state in
            state.isConnected = isConnected
            if !isConnected {
                state.outgoing.removeAll()
                state.outgoingBytes = 0
            }
        }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: The reactor's side

    /// The next message, and whether there are more.
    func fetch() -> (Incoming?, hasMore: Bool) {
        let (incoming, hasMore, resumes) = state.withLock { state -> (Incoming?, Bool, Bool) in
            guard state.first < state.incoming.count else {
                state.isScheduled = false
                return (nil, false, false)
            }
            let next = state.incoming[state.first]
            state.first += 1
            state.incomingBytes -= next.message.payload.count
            if state.first == state.incoming.count {
                state.incoming.removeAll(keepingCapacity: true)
                state.first = 0
                state.isScheduled = false
            } else if state.first >= limits.messages {
                state.incoming.removeSubrange(..<state.first)
                state.first = 0
            }
            let resumes = state.isPaused && !isFull(state)
            if resumes { state.isPaused = false }
            return (next, state.isScheduled, resumes)
        }
        if resumes { wake() }
        return (incoming, hasMore)
    }

    /// Returns false when there is no connection, or too much waits already.
    func send(_ message: MQTTMessage) -> Bool {
        let isFirst = state.withLock { state -> Bool? in
            guard state.isConnected else { return nil }
            let size = message.topic.utf8.count + message.payload.count
            guard state.outgoing.count < limits.outgoingMessages, state.outgoingBytes + size <= limits.outgoingBytes
            else {
                state.counters.droppedOutgoing += 1
                return nil
            }
            state.outgoing.append(message)
            state.outgoingBytes += size
            return state.outgoing.count == 1
        }
        if isFirst == true { wake() }
        return isFirst != nil
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wake()
    }
}
