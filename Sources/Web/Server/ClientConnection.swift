import Clocks
import Network
import Reactor

/// The protocol handler of a connection.
@ReactorActor
protocol ConnectionHandler: AnyObject {
    /// Receives bytes that are only valid during the call. Returns those that must wait until there is room for more
    /// responses.
    func receive(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>
    /// Produces output that follows the speed of the client, while `admitsRequest`.
    func produceOutput()
    /// The memory that it holds for this client, besides a constant.
    var heldBytes: Int { get }
    /// What the client receives when its connection is closed because it holds too much memory.
    func farewell() -> [UInt8]
    /// The client finished sending. It may still be reading.
    func inputEnded()
    /// The connection is closed. Called once, as the last call.
    func closed()
    /// Frames were dropped because the client is too slow.
    func dropped(_ frames: Int)
    /// The queue exceeds its limit, and nothing in it may be dropped.
    func overflowed()
    /// All queued bytes have been sent.
    func drained()
}

/// The byte stream of one client, independent of the protocol on it.
///
/// The loop reports it readable: when it is its turn among the clients, a share of its bytes goes to the handler, whose
/// responses are sent at once. Other output is sent at the end of the iteration. What the socket does not accept stays
/// queued until it is writable; above the limit broadcasts are dropped, and reading pauses until the client has taken
/// its responses.
@ReactorActor
package final class ClientConnection: DescriptorHandler, IterationEndHandler, QueuedWorker {
    private enum State {
        case open
        /// All output is queued; once it is sent, the sending direction is shut down.
        case finishing
        /// Nothing more is sent; input is discarded until the peer closes, too.
        case lingering
        case closed
    }

    // The fields used by every broadcast come first, so that they share a cache line.
    private var state = State.open
    private var outbox = Outbox()
    private let socket: StreamSocket
    private let queueLimit: Int
    private let timers: TimerQueue
    private let budget: MemoryBudget
    /// How many bytes are counted in the budget for this connection alone.
    private var countedBytes = 0
    private var handler: (any ConnectionHandler)?
    private var watch: EventLoop.Watch?
    private var interest: Readiness = .readable
    private var startTimer: TimerQueue.Token?
    private var lingerTimer: TimerQueue.Token?
    private var isFlushScheduled = false
    private var inputHasEnded = false
    /// Input that waits for the next share, or for room for its responses.
    private var unread: ArraySlice<UInt8> = []
    /// What the loop has reported since the last share.
    private var readiness = Readiness()
    private var isInWorkQueue = false
    private var share = WorkShare(at: MonotonicTime(nanoseconds: 0))

    /// Shared by all connections during a read or a send, so that an idle client needs no buffer.
    private static var readBuffer = [UInt8](repeating: 0, count: WorkShare.inputBytes)
    private static var sendBuffer: [UInt8] = []
    /// How long a closing client may make no progress, and then take to close its side.
    private static let lingerTime = Nanoseconds.seconds(2)

    init(_ socket: consuming StreamSocket, queueLimit: Int, timers: TimerQueue, budget: MemoryBudget) {
        self.socket = socket
        self.queueLimit = queueLimit
        self.timers = timers
        self.budget = budget
    }

    /// - Parameter wait: how long nothing is read before.
    func start(_ owner: any ConnectionHandler, after wait: Nanoseconds? = nil) throws(SystemError) {
        self.handler = owner
        guard let wait else { return try startReading() }
        startTimer = timers.after(wait) { [weak self] in
            self?.startTimer = nil
            do { try self?.startReading() } catch { self?.close() }
        }
    }

    private func startReading() throws(SystemError) {
        watch = try EventLoop.shared.watch(
            socket.descriptor.number, for: .readable, priority: .client, handler: self)
    }

    /// Passes the connection to another protocol handler.
    func handOver(to owner: any ConnectionHandler) {
        self.handler = owner
    }

    /// The token of the request that is being answered; nil without one.
    var tokenID: String?
    package var peer: SocketAddress { socket.peer }
    var isEncrypted: Bool { socket.isEncrypted }
    package var queuedBytes: Int { outbox.byteCount }
    package var isOpen: Bool { if case .open = state { true } else { false } }
    /// Whether input is read. Otherwise the client must first take its responses.
    var isReading: Bool { interest.contains(.readable) }
    /// The memory that it holds, including bytes that it shares with others.
    var heldBytes: Int { outbox.byteCount + ownBytes }
    private var ownBytes: Int {
        outbox.overheadBytes + unread.count + socket.unsentBytes + (handler?.heldBytes ?? 0)
    }
    /// Whether the client has taken its responses, so that it may make further requests.
    private var hasRoomForResponses: Bool { outbox.byteCount <= queueLimit }
    /// Whether the handler may process another request or message; otherwise it returns the rest of its input.
    var admitsRequest: Bool {
        share.isOpen && hasRoomForResponses && outbox.byteCount - outbox.broadcastByteCount <= WorkShare.outputBytes
    }

    /// Counts a request or message that the handler has processed. Returns the time.
    @discardableResult
    func countRequest() -> MonotonicTime {
        let now = SystemClock.monotonic()
        share.count(at: now)
        return now
    }

    // MARK: Sending

    /// Queues the batch and sends it at the end of this iteration.
    func send(_ batch: FrameBatch, from start: Int = 0) {
        guard isOpen else { return }
        queue(batch, from: start)
        scheduleFlush()
    }

    /// Joins those that receive a broadcast with one system call. Returns false if queued bytes go first, or if the connection
    /// encrypts what it sends.
    func join(_ sends: SendBatch, from start: Int, as key: Int) -> Bool {
        isOpen && outbox.isEmpty && sends.add(socket, from: start, as: key)
    }

    /// Sends a broadcast on its own, or queues it. `bytes` are the batch's. If the socket did not accept everything, returns what
    /// happened, for `finishBroadcast`.
    func deliver(_ batch: FrameBatch, _ bytes: [UInt8], from start: Int) -> StreamSocket.Outcome? {
        guard isOpen else { return nil }
        guard outbox.isEmpty else {
            queue(batch, from: start, to: bytes.count)
            scheduleFlush()
            return nil
        }
        let outcome = socket.write(bytes, from: start)
        return accepted(outcome, of: batch, from: start, to: bytes.count) ? nil : outcome
    }

    /// Whether the socket has accepted a broadcast from `start` to `end`. The rest is queued.
    func accepted(_ outcome: StreamSocket.Outcome, of batch: FrameBatch, from start: Int, to end: Int) -> Bool {
        switch outcome {
        case .transferred(let count) where start + count == end: return socket.unsentBytes == 0
        case .transferred(let count): queue(batch, from: start + count, to: end)
        case .wouldBlock: queue(batch, from: start, to: end)
        case .ended, .failed: break
        }
        return false
    }

    /// Waits until the socket accepts the rest of a broadcast, or closes the connection.
    func finishBroadcast(_ outcome: StreamSocket.Outcome) {
        switch outcome {
        case .transferred, .wouldBlock:
            guard state != .closed else { return }
            enforceQueueLimit()
            updateInterest()
        case .ended, .failed: close()
        }
    }

    package func iterationEnded() {
        isFlushScheduled = false
        if hasPendingOutput { flush() }
    }

    private var hasPendingOutput: Bool { !outbox.isEmpty || socket.unsentBytes > 0 || state == .finishing }

    private func queue(_ batch: FrameBatch, from start: Int, to end: Int = .max) {
        outbox.append(batch, from: start, to: end)
        batch.count(in: budget.use)
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    private func flush() {
        let hadWork = !outbox.isEmpty
        var sent = 0
        defer { resumeReading() }
        if socket.unsentBytes > 0 {
            switch socket.flush() {
            case .transferred: break
            case .wouldBlock:
                enforceQueueLimit()
                return updateInterest()
            case .ended, .failed: return close()
            }
        }
        while !outbox.isEmpty, state != .closed {
            // The rest is sent in the next share, when the loop reports that the socket is still writable.
            guard sent < WorkShare.sentBytes else { return updateInterest() }
            Self.sendBuffer.removeAll(keepingCapacity: true)
            outbox.copyNext(65_536, to: &Self.sendBuffer)
            switch Self.sendBuffer.withUnsafeBytes({ socket.write($0) }) {
            case .transferred(let count):
                outbox.remove(count)
                sent += count
                if state == .finishing { restartLingerTime() }
            case .wouldBlock:
                enforceQueueLimit()
                return updateInterest()
            case .ended, .failed: return close()
            }
        }
        // The rest of an encrypted record is sent when the socket is writable again.
        if socket.unsentBytes > 0, state != .closed { return updateInterest() }
        if state == .finishing { linger() }
        updateInterest()
        if hadWork, isOpen { handler?.drained() }
    }

    private func enforceQueueLimit() {
        guard outbox.broadcastByteCount > queueLimit else { return }
        // Frees a quarter at once, so that the queue of a stalled client is not searched for every event.
        let dropped = outbox.dropOldest(downTo: queueLimit - queueLimit / 4)
        if dropped > 0 { handler?.dropped(dropped) }
        if outbox.broadcastByteCount > queueLimit, isOpen { handler?.overflowed() }
    }

    // MARK: Receiving

    package func descriptorIsReady(_ readiness: Readiness) {
        self.readiness.formUnion(readiness)
        requestShare()
    }

    /// Continues the work of this connection after that of the others.
    func requestShare() {
        guard !isInWorkQueue else { return }
        isInWorkQueue = true
        EventLoop.shared.workQueue.add(self)
    }

    package func performShare() {
        isInWorkQueue = false
        let readiness = readiness
        self.readiness = Readiness()
        if readiness.contains(.writable) { flush() }
        guard state != .closed else { return }
        share = WorkShare(at: SystemClock.monotonic())
        if !unread.isEmpty {
            if readiness.contains(.gone) { return close() }
            processUnread()
        } else if !readiness.isDisjoint(with: .worthReading) {
            read()
        }
        if isOpen { handler?.produceOutput() }
        // Sending the responses belongs to the share.
        if isFlushScheduled, hasPendingOutput { flush() } else { updateInterest() }
    }

    private func read() {
        // Both directions have ended.
        if inputHasEnded { return close() }
        switch socket.read(into: &Self.readBuffer) {
        case .transferred(let count):
            guard state != .lingering, let handler else { return }
            let rest = handler.receive(Self.readBuffer[..<count])
            unread = isOpen ? Array(rest)[...] : []
            if !unread.isEmpty, unread.count < count { requestShare() }
        case .ended:
            if state == .lingering { close() } else { endInput() }
        case .failed: close()
        case .wouldBlock: break
        }
    }

    private func processUnread() {
        let count = unread.count
        guard let handler, isOpen, hasRoomForResponses else { return }
        unread = handler.receive(unread)
        if !isOpen { unread = [] }
        // Without progress the handler waits for a response, and continues when that has been sent.
        if !unread.isEmpty, unread.count < count { requestShare() }
    }

    /// Processes retained input once there is room again.
    private func resumeReading() {
        guard !unread.isEmpty, isOpen, hasRoomForResponses else { return }
        requestShare()
    }

    private func endInput() {
        inputHasEnded = true
        handler?.inputEnded()
    }

    /// Waits for writability while output is queued, and for readability unless input is already retained.
    private func updateInterest() {
        guard state != .closed, let watch else { return }
        countMemory()
        var readiness = Readiness()
        if !outbox.isEmpty || socket.unsentBytes > 0 { readiness.insert(.writable) }
        if !inputHasEnded, unread.isEmpty, hasRoomForResponses { readiness.insert(.readable) }
        guard readiness != interest else { return }
        interest = readiness
        EventLoop.shared.change(watch, to: readiness)
    }

    private func countMemory() {
        let change = ownBytes - countedBytes
        countedBytes += change
        if change != 0 || !outbox.isEmpty { budget.add(change) }
    }

    // MARK: Ending

    /// Sends the queued output, then closes the connection gracefully.
    func finish() {
        guard isOpen else { return }
        // Nothing was read, so nothing is to be sent.
        if startTimer != nil { return close() }
        state = .finishing
        restartLingerTime()
        scheduleFlush()
    }

    private func linger() {
        guard !inputHasEnded else { return close() }
        socket.finishWriting()
        state = .lingering
        restartLingerTime()
    }

    private func restartLingerTime() {
        lingerTimer.map(timers.cancel)
        lingerTimer = timers.after(Self.lingerTime) { [weak self] in self?.close() }
    }

    /// Closes the connection immediately.
    func close() {
        guard state != .closed else { return }
        state = .closed
        outbox.removeAll()
        unread = []
        startTimer.map(timers.cancel)
        lingerTimer.map(timers.cancel)
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        release()
    }

    /// Closes the connection and releases what it holds. If its output is between two messages, the client is told why.
    func evict() {
        guard isOpen, outbox.isEmpty, let farewell = handler?.farewell() else { return close() }
        unread = []
        _ = socket.write(farewell, from: 0)
        release()
        linger()
        updateInterest()
    }

    private func release() {
        handler?.closed()
        handler = nil
        budget.add(-countedBytes)
        countedBytes = 0
    }
}
