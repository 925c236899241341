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

/// Receives on a UDP port. Pending datagrams are read in one system call and handled in one loop iteration.
@ReactorActor
package final class DatagramReceiver: DescriptorHandler {
    /// Longer datagrams arrive truncated.
    package static let maximumLength = 16_384
    /// The most that are read in one call.
    private static let batchLength: UInt32 = 64

    private let descriptor: OwnedDescriptor
    private let batch: DatagramBatch
    private let onDatagram: @ReactorActor (borrowing Datagram) -> Void
    private let onBatchEnd: @ReactorActor () -> Void
    private var watch: EventLoop.Watch?

    /// Calls `onDatagram` for each datagram and `onBatchEnd` after those that were read together.
    package init(
        at endpoint: Endpoint, purpose: String, onBatchEnd: @escaping @ReactorActor () -> Void = {},
        onDatagram: @escaping @ReactorActor (borrowing Datagram) -> Void
    ) throws {
        descriptor = try BoundSocket.open(Int32(SOCK_DGRAM.rawValue), at: endpoint, purpose: purpose)
        // Room for a burst of a few thousand datagrams during one loop iteration.
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

    /// Valid once per received datagram.
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

    /// UDP does not guarantee delivery: true only means that the system accepted the datagram.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { Glibc.send(descriptor.number, $0.baseAddress, $0.count, 0) } == bytes.count
    }
}
