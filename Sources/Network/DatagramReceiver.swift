import CLinux
import Clocks
import Glibc
import Reactor

/// One datagram. Its bytes are the handler's to keep.
package struct Datagram {
    package let bytes: [UInt8]
    package let source: SocketAddress
    /// It was longer than the receiver takes; the end is missing.
    package let truncated: Bool
}

/// Listens on a UDP port. Datagrams that wait together are taken in one system call and handled in one turn.
@ReactorActor
package final class DatagramReceiver: DescriptorHandler {
    /// Longer datagrams arrive truncated.
    package static let maximumLength = 16_384
    /// The most that are taken in one call.
    private static let batchLength: UInt32 = 64

    private let descriptor: OwnedDescriptor
    private let batch: DatagramBatch
    private let onDatagram: @ReactorActor (borrowing Datagram) -> Void
    private let onBatchEnd: @ReactorActor () -> Void
    private var watch: EventLoop.Watch?

    /// `handler` is called for each datagram, `batchEnds` after those that came together.
    package init(
        at endpoint: Endpoint, purpose: String, onBatchEnd: @escaping @ReactorActor () -> Void = {},
        onDatagram: @escaping @ReactorActor (borrowing Datagram) -> Void
    ) throws {
        descriptor = try BoundSocket.open(Int32(SOCK_DGRAM.rawValue), at: endpoint, purpose: purpose)
        // Room for a burst of a few thousand datagrams while a turn of the loop lasts.
        descriptor.setOption(SOL_SOCKET, SO_RCVBUF, 4 << 20)
        batch = DatagramBatch(count: Self.batchLength, capacity: Self.maximumLength)
        self.onDatagram = onDatagram
        self.onBatchEnd = onBatchEnd
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, handler: self)
    }

    package var localAddress: SocketAddress { descriptor.localAddress() }

    package func descriptorIsReady(_: Readiness) {
        let received = batch.receive(from: descriptor.number)
        guard received > 0 else { return }
        for index in 0..<received { onDatagram(batch.datagram(index)) }
        onBatchEnd()
    }

    package func close() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
    }
}

/// The memory that the kernel writes datagrams into.
private final class DatagramBatch {
    private let memory: OpaquePointer

    init(count: UInt32, capacity: Int) {
        guard let memory = linux_datagrams_new(count, capacity) else {
            preconditionFailure("no memory left to start with")
        }
        self.memory = memory
    }

    deinit {
        linux_datagrams_free(memory)
    }

    func receive(from descriptor: Int32) -> Int {
        Int(linux_datagrams_receive(memory, descriptor))
    }

    /// To be asked for each of the received ones, once.
    func datagram(_ index: Int) -> Datagram {
        let received = linux_datagrams_at(memory, UInt32(index))
        return Datagram(
            bytes: Array(UnsafeBufferPointer(start: received.bytes, count: received.length)),
            source: SocketAddress(received.source, received.source_length), truncated: received.truncated != 0)
    }
}
