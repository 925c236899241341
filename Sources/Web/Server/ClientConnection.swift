import Clocks
import Glibc
import Network
import Reactor

/// Whoever speaks a protocol on a connection.
@ReactorActor
protocol ConnectionHandler: AnyObject {
    /// Bytes came in. They are lent for the time of the call. Returns those that have to wait until there is room for
    /// more answers.
    func receive(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>
    /// The client finished sending. It may still be reading.
    func inputEnded()
    /// The connection is gone. Said once, last.
    func closed()
    /// Frames were dropped since the client does not keep up.
    func dropped(_ frames: Int)
    /// More waits than the client may have waiting, and none of it may be dropped.
    func overflowed()
    /// All that waited has been sent.
    func drained()
}

/// The bytes' side of one client: reads what comes, sends what is due at the end of each turn, keeps what the client
/// cannot take yet within bounds. It knows nothing of the protocol, which is its owner's part.
@ReactorActor
package final class ClientConnection: DescriptorHandler, IterationEndHandler {
    private enum State {
        case open
        /// Everything has been handed in; when it is sent, the other side is told that no more comes.
        case finishing
        /// Nothing more is sent; what still comes in is thrown away until the other side ends too.
        case lingering
        case closed
    }

    // What every broadcast asks for stands first, and so in one line of the processor's cache.
    private var state = State.open
    private var outbox = Outbox()
    private let socket: StreamSocket
    private let queueLimit: Int
    private let timers: TimerQueue
    private var handler: (any ConnectionHandler)?
    private var watch: EventLoop.Watch?
    private var interest: Readiness = .readable
    private var lingerTimer: TimerQueue.Token?
    private var isFlushScheduled = false
    private var inputHasEnded = false
    /// What the client has sent beyond the answers that there is room for.
    private var unread: [UInt8] = []

    /// Lent to whoever is reading or sending at the moment; one for all, so that an idle client costs no buffer.
    private static var readBuffer = [UInt8](repeating: 0, count: 65_536)
    private static var sendBuffer: [UInt8] = []
    /// How long a client may take nothing of what waits for it at the end, and then to end the connection as well.
    private static let lingerTime = Nanoseconds.seconds(2)

    init(_ socket: consuming StreamSocket, queueLimit: Int, timers: TimerQueue) {
        self.socket = socket
        self.queueLimit = queueLimit
        self.timers = timers
    }

    func start(_ owner: any ConnectionHandler) throws(SystemError) {
        self.handler = owner
        watch = try EventLoop.shared.watch(socket.descriptor.number, for: .readable, handler: self)
    }

    /// Hands the connection to another protocol.
    func handOver(to owner: any ConnectionHandler) {
        self.handler = owner
    }

    package var peer: SocketAddress { socket.peer }
    /// How many bytes wait for the client.
    package var queuedBytes: Int { outbox.byteCount }
    package var isOpen: Bool { if case .open = state { true } else { false } }
    /// Whether the client may ask for more: it must take what it has asked for before.
    var hasRoomForResponses: Bool { outbox.byteCount <= queueLimit }

    // MARK: Sending

    /// Sends at the end of this turn, after all that waits.
    func send(_ batch: FrameBatch, from start: Int = 0) {
        guard isOpen else { return }
        outbox.append(batch, from: start)
        scheduleFlush()
    }

    /// The way of the broadcasts: the rest of the batch goes out now if nothing waits, without being looked at again.
    func deliver(_ batch: FrameBatch, from start: Int) {
        guard isOpen else { return }
        guard outbox.isEmpty else {
            outbox.append(batch, from: start)
            return scheduleFlush()
        }
        switch socket.write(batch.bytes, from: start) {
        case .transferred(let count) where start + count == batch.bytes.count: return
        case .transferred(let count): outbox.append(batch, from: start + count)
        case .wouldBlock: outbox.append(batch, from: start)
        case .ended, .failed: return close()
        }
        enforceQueueLimit()
        updateInterest()
    }

    package func iterationEnded() {
        isFlushScheduled = false
        flush()
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    private func flush() {
        let hadWork = !outbox.isEmpty
        defer { resumeReading() }
        while !outbox.isEmpty, state != .closed {
            Self.sendBuffer.removeAll(keepingCapacity: true)
            outbox.copyNext(Self.readBuffer.count, to: &Self.sendBuffer)
            switch Self.sendBuffer.withUnsafeBytes({ socket.write($0) }) {
            case .transferred(let count):
                outbox.remove(count)
                if state == .finishing { restartLingerTime() }
            case .wouldBlock:
                enforceQueueLimit()
                return updateInterest()
            case .ended, .failed: return close()
            }
        }
        if state == .finishing { linger() }
        updateInterest()
        if hadWork, isOpen { handler?.drained() }
    }

    private func enforceQueueLimit() {
        guard outbox.broadcastByteCount > queueLimit else { return }
        // A quarter is freed at once, so that a stalled client is not looked through again for every event.
        let dropped = outbox.dropOldest(downTo: queueLimit - queueLimit / 4)
        if dropped > 0 { handler?.dropped(dropped) }
        if outbox.broadcastByteCount > queueLimit, isOpen { handler?.overflowed() }
    }

    // MARK: Receiving

    package func descriptorIsReady(_ readiness: Readiness) {
        if readiness.contains(.writable) { flush() }
        guard !readiness.isDisjoint(with: [.readable, .gone]), state != .closed else { return }
        // Both directions have ended: there is nobody left to send to.
        if inputHasEnded { return close() }
        switch socket.read(into: &Self.readBuffer) {
        case .transferred(let count):
            if state != .lingering { passToHandler(Self.readBuffer[..<count]) }
        case .ended:
            if state == .lingering { close() } else { endInput() }
        case .failed: close()
        case .wouldBlock: break
        }
        updateInterest()
    }

    private func passToHandler(_ bytes: ArraySlice<UInt8>) {
        let rest = handler?.receive(unread.isEmpty ? bytes : (unread + bytes)[...]) ?? []
        unread = isOpen ? Array(rest) : []
    }

    /// Goes on with what was left over, when there is room again.
    private func resumeReading() {
        guard !unread.isEmpty, isOpen, hasRoomForResponses else { return }
        passToHandler([])
        updateInterest()
    }

    private func endInput() {
        inputHasEnded = true
        handler?.inputEnded()
    }

    /// Waits for what can be used: for room while something waits to be sent, for bytes unless there are some already
    /// that have to wait for the client to take its answers.
    private func updateInterest() {
        guard state != .closed, let watch else { return }
        var wanted: Readiness = []
        if !outbox.isEmpty { wanted.insert(.writable) }
        if !inputHasEnded, unread.isEmpty, hasRoomForResponses { wanted.insert(.readable) }
        guard wanted != interest else { return }
        interest = wanted
        EventLoop.shared.change(watch, to: wanted)
    }

    // MARK: Ending

    /// Sends what waits, then ends the connection in good order.
    func finish() {
        guard isOpen else { return }
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

    /// Ends the connection at once.
    func close() {
        guard state != .closed else { return }
        state = .closed
        outbox.removeAll()
        unread = []
        lingerTimer.map(timers.cancel)
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        handler?.closed()
        handler = nil
    }
}
