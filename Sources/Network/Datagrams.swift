import CLinux
import Clocks
import Glibc
import Reactor

/// One datagram, with its own copy of the bytes.
package struct Datagram {
    package let bytes: [UInt8]
    package let source: SocketAddress
    /// The datagram was longer than the receiver's buffer; the end is missing.
    package let isTruncated: Bool
}

/// Receives on a UDP port. Pending datagrams are read in one system call and handled in one loop iteration, in the order of
/// their arrival.
///
/// When more arrive than that, the socket is emptied into a queue that is fair to all sources, so that a flood from one of
/// them costs the others nothing. What does not fit into that queue is dropped and counted. Of sources that keep flooding,
/// the kernel drops the most, so that the datagrams of others do not wait behind theirs in the socket.
@ReactorActor
package final class DatagramReceiver: DescriptorHandler {
    /// Longer datagrams arrive truncated.
    package static let maximumLength = 16_384
    /// The maximum number of datagrams that are read in one call.
    private static let batchLength: UInt32 = 64
    /// The maximum time that an iteration spends on a flood: devices, timers and clients come in between.
    private static let timeLimit = Nanoseconds.milliseconds(2)
    /// The most receive calls before the queue is handled, and the most that is handled before the socket is read again.
    private static let readsAtOnce = 8
    private static let handledAtOnce = 16
    private static let floodInterval = Nanoseconds.milliseconds(500)
    /// Room for a flood while the loop is busy with something else. Needs CAP_NET_ADMIN; else the system's limit applies.
    private static let socketBufferBytes: Int32 = 8 << 20

    private let descriptor: OwnedDescriptor
    private let batch: DatagramBatch
    private let now: () -> MonotonicTime
    private let onDatagram: @ReactorActor (borrowing Datagram) -> Void
    private let onBatchEnd: @ReactorActor () -> Void
    private var queue = FairQueue<Datagram>()
    private var longDatagrams = LongDatagramLimit()
    private var floods = FloodFilter()
    private var floodTimer: TimerQueue.Token?
    private var systemDrops: UInt32 = 0
    private var overflows: UInt64 = 0
    /// Of this iteration.
    private var dropCount: UInt64 = 0
    private var lastDropped: SocketAddress?
    private var foreignCount: UInt64 = 0
    private var lastForeign: SocketAddress?
    private var flooder: SocketAddress?
    private var watch: EventLoop.Watch?
    private var isScheduled = false

    /// Called at the end of an iteration that has dropped datagrams, with their number and one of their sources.
    package var onDrop: (@ReactorActor (_ count: UInt64, _ source: SocketAddress) -> Void)?

    /// The networks whose datagrams are handled; empty: all.
    package var sources: [IPNetwork] = []
    /// Called at the end of an iteration in which datagrams came from elsewhere, with their number and one of their sources.
    package var onForeignSource: (@ReactorActor (_ count: UInt64, _ source: SocketAddress) -> Void)?

    /// Calls `onDatagram` for each datagram and `onBatchEnd` after those that were handled together.
    package init(
        at endpoint: Endpoint, purpose: String, now: @escaping () -> MonotonicTime = SystemClock.monotonic,
        onBatchEnd: @escaping @ReactorActor () -> Void = {},
        onDatagram: @escaping @ReactorActor (borrowing Datagram) -> Void
    ) throws {
        descriptor = try BoundSocket.open(Int32(SOCK_DGRAM.rawValue), at: endpoint, purpose: purpose)
        descriptor.setOption(SOL_SOCKET, SO_RCVBUF, Self.socketBufferBytes)
        descriptor.setOption(SOL_SOCKET, SO_RCVBUFFORCE, Self.socketBufferBytes)
        batch = DatagramBatch(count: Self.batchLength, capacity: Self.maximumLength)
        self.now = now
        self.onDatagram = onDatagram
        self.onBatchEnd = onBatchEnd
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, handler: self)
    }

    package var localAddress: SocketAddress { descriptor.localAddress() }

    /// Datagrams that the system has dropped because the socket's buffer was full.
    package var droppedBySystem: UInt64 {
        countSystemDrops()
        return overflows
    }

    package func descriptorIsReady(_: Readiness) {
        // The queue's own iteration reads as well.
        guard !isScheduled else { return }
        let received = batch.receive(from: descriptor.number)
        guard received > 0 else { return }
        guard received < Self.batchLength else { return receiveFairly(alreadyReceived: received) }
        for index in 0..<received {
            let (source, length) = batch.header(index)
            if allows(length, from: source) { onDatagram(batch.datagram(index)) }
        }
        finishIteration()
    }

    package func close() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        queue = FairQueue()
        floodTimer.map(EventLoop.shared.timers.cancel)
        floodTimer = nil
    }

    private func receiveFairly(alreadyReceived: Int = 0) {
        isScheduled = false
        let end = now() + Self.timeLimit
        enqueue(alreadyReceived)
        repeat {
            empty()
            var atOnce = Self.handledAtOnce
            while atOnce > 0, let datagram = queue.next() {
                onDatagram(datagram)
                atOnce = now() < end ? atOnce - 1 : 0
            }
        } while !queue.isEmpty && now() < end
        finishIteration()
        guard !queue.isEmpty else { return }
        isScheduled = true
        ReactorExecutor.shared.post { [weak self] in
            guard let self, watch != nil else { return }
            receiveFairly()
        }
    }

    private func finishIteration() {
        onBatchEnd()
        if lastDropped != nil || lastForeign != nil { filterFloods() }
        if let lastForeign {
            onForeignSource?(foreignCount, lastForeign)
            (foreignCount, self.lastForeign) = (0, nil)
        }
        reportDrops()
    }

    private func reportDrops() {
        guard let lastDropped else { return }
        onDrop?(dropCount, lastDropped)
        (dropCount, self.lastDropped) = (0, nil)
    }

    /// Reads until the socket is empty or enough is read.
    private func empty() {
        for _ in 0..<Self.readsAtOnce {
            let received = batch.receive(from: descriptor.number)
            guard received > 0 else { return }
            enqueue(received)
            if received < Self.batchLength { return }
        }
    }

    private func enqueue(_ received: Int) {
        for index in 0..<received {
            let (source, length) = batch.header(index)
            guard allows(length, from: source) else { continue }
            let origin = FairQueueSource(source)
            let droppedBefore = queue.dropped
            let isQueued = queue.add(from: origin, weight: Self.weight(length)) { batch.datagram(index) }
            dropCount += queue.dropped - droppedBefore
            if isQueued {
                floods.recordAccepted(from: origin.host)
            } else {
                (lastDropped, flooder) = (source, source)
                floods.recordDrop(from: origin)
            }
        }
    }

    private func allows(_ length: Int, from source: SocketAddress) -> Bool {
        guard isAllowed(source) else {
            foreignCount += 1
            (lastForeign, flooder) = (source, source)
            floods.recordDrop(from: FairQueueSource(source))
            return false
        }
        guard length > LongDatagramLimit.freeBytes,
            !longDatagrams.allows(length, from: source.ipAddress, at: now())
        else { return true }
        dropCount += 1
        (lastDropped, flooder) = (source, source)
        floods.recordDrop(from: FairQueueSource(source))
        return false
    }

    private func isAllowed(_ source: SocketAddress) -> Bool {
        guard !sources.isEmpty else { return true }
        let address = source.ipAddress
        return sources.contains { $0.contains(address) }
    }

    /// Adapts the socket's filter, and schedules the next update as long as there is one.
    private func filterFloods() {
        countSystemDrops()
        if floods.update(at: now()) {
            let filter = floods.isEmpty ? nil : PacketFilter(dropping: floods.sources, exceptOneOf: floods.divisor)
            PacketFilter.attach(filter, to: descriptor)
        }
        guard !floods.isEmpty, floodTimer == nil else { return }
        floodTimer = EventLoop.shared.timers.after(Self.floodInterval) { [weak self] in
            guard let self else { return }
            floodTimer = nil
            filterFloods()
            reportDrops()
        }
    }

    /// What the system drops while it filters counts as dropped for its source.
    private func countSystemDrops() {
        let total = linux_socket_drops(descriptor.number)
        let new = UInt64(total &- systemDrops)
        systemDrops = total
        guard !floods.isEmpty else { return overflows += new }
        floods.recordFiltered(new)
        dropCount += new
        if new > 0, lastDropped == nil { lastDropped = flooder }
    }

    /// Handling a datagram costs time by itself, and by its length.
    private static func weight(_ length: Int) -> Int { 256 + length }
}

/// The memory into which the kernel writes datagrams.
private final class DatagramBatch {
    private let memory: OpaquePointer

    init(count: UInt32, capacity: Int) {
        guard let memory = linux_datagrams_new(count, capacity) else {
            preconditionFailure("insufficient memory for the receive buffers")
        }
        self.memory = memory
    }

    deinit {
        linux_datagrams_free(memory)
    }

    func receive(from descriptor: Int32) -> Int {
        Int(linux_datagrams_receive(memory, descriptor))
    }

    /// Where a received datagram comes from, and its length.
    func header(_ index: Int) -> (source: SocketAddress, length: Int) {
        let received = linux_datagrams_at(memory, UInt32(index))
        return (SocketAddress(received.source, received.source_length), received.length)
    }

    func datagram(_ index: Int) -> Datagram {
        let received = linux_datagrams_at(memory, UInt32(index))
        return Datagram(
            bytes: Array(UnsafeBufferPointer(start: received.bytes, count: received.length)),
            source: SocketAddress(received.source, received.source_length), isTruncated: received.truncated != 0)
    }
}

/// Sends UDP datagrams to one address.
@ReactorActor
package final class DatagramSender {
    private let descriptor: OwnedDescriptor

    package init(to address: SocketAddress) throws {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = try OwnedDescriptor(socket(address.family, type, 0), from: "socket")
        guard address.withPointer({ connect(descriptor.number, $0, $1) }) == 0 else {
            throw SystemError("connect to \(address)")
        }
    }

    package var localAddress: SocketAddress { descriptor.localAddress() }

    /// UDP does not guarantee delivery: true only means that the system accepted the datagram.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { Glibc.send(descriptor.number, $0.baseAddress, $0.count, 0) } == bytes.count
    }
}
