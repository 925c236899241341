import CLinux
import Clocks
import Glibc
import Reactor

/// One datagram, as long as its handler runs.
package struct Datagram {
    package let bytes: ArraySlice<UInt8>
    package let source: SocketAddress
    /// It was longer than the receiver takes; the end is missing.
    package let truncated: Bool
}

/// Listens on a UDP port. Datagrams that wait together are taken in one system call and handled in one turn.
@ReactorActor
package final class DatagramReceiver: DescriptorHandler {
    /// Longer datagrams arrive truncated.
    package static let maximumLength = 16_384

    private let descriptor: OwnedDescriptor
    private let batch: DatagramBatch
    private let handler: (borrowing Datagram) -> Void
    private let batchEnds: () -> Void
    private var watch: EventLoop.Watch?

    /// `handler` is called for each datagram, `batchEnds` after those that came together.
    package init(
        at endpoint: Endpoint, purpose: String, batchEnds: @escaping @ReactorActor () -> Void = {},
        handler: @escaping @ReactorActor (borrowing Datagram) -> Void
    ) throws {
        descriptor = try BoundSocket.open(Int32(SOCK_DGRAM.rawValue), at: endpoint, purpose: purpose)
        // Room for a burst of a few thousand datagrams while a turn of the loop lasts.
        descriptor.set(SOL_SOCKET, SO_RCVBUF, 4 << 20)
        batch = DatagramBatch(count: Int(LINUX_DATAGRAM_BATCH), capacity: Self.maximumLength)
        self.handler = handler
        self.batchEnds = batchEnds
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, handler: self)
    }

    package var localAddress: SocketAddress { descriptor.localAddress() }

    package func descriptorIsReady(_: Readiness) {
        let received = batch.receive(from: descriptor.number)
        guard received > 0 else { return }
        for index in 0..<received { handler(batch.datagram(index)) }
        batchEnds()
    }

    package func close() {
        watch.map(EventLoop.shared.end)
        watch = nil
    }
}

/// The memory that the kernel writes datagrams into. It needs an address that stays, so it is allocated by hand, here.
private final class DatagramBatch {
    private let places: UnsafeMutableBufferPointer<linux_datagram>
    private let memory: UnsafeMutableRawBufferPointer
    private var scratch: [UInt8] = []

    init(count: Int, capacity: Int) {
        memory = .allocate(byteCount: count * capacity, alignment: 64)
        places = .allocate(capacity: count)
        for index in 0..<count {
            var place = linux_datagram()
            place.bytes = memory.baseAddress?.advanced(by: index * capacity).assumingMemoryBound(to: UInt8.self)
            place.capacity = capacity
            places.initializeElement(at: index, to: place)
        }
    }

    deinit {
        places.deallocate()
        memory.deallocate()
    }

    func receive(from descriptor: Int32) -> Int {
        Int(linux_receive(descriptor, places.baseAddress, UInt32(places.count)))
    }

    func datagram(_ index: Int) -> Datagram {
        let place = places[index]
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: UnsafeBufferPointer(start: place.bytes, count: place.length))
        return Datagram(
            bytes: scratch[...], source: SocketAddress(place.source, place.source_length),
            truncated: place.truncated != 0)
    }
}
