import Bluetooth
import CLinux
import Glibc
import Reactor

/// A link socket to a virtual device: one end of a socket pair that reports the kernel's errors when a link fails or ends.
///
/// While it is connecting, a filler packet keeps the send buffer full, so that the socket becomes writable only when it is
/// connected.
@ReactorActor
package final class VirtualLinkSocket: PacketSocket {
    let peer: BluetoothAddress
    private let near: ConnectedPacketSocket
    private var far: ConnectedPacketSocket?
    private weak var radio: VirtualRadio?
    private var error: Int32 = 0
    private var endError: Int32?

    private static let sendBufferSize: Int32 = 16_384
    private static let filler = [UInt8](repeating: 0, count: 12_288)

    init(to peer: BluetoothAddress, radio: VirtualRadio) throws(LinkError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, VirtualRadio.socketType, 0, &ends) == 0 else {
            throw LinkError(errno, at: .preparing)
        }
        self.peer = peer
        self.radio = radio
        near = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[0]))
        far = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[1]))
    }

    package var descriptor: Int32 { near.descriptor }

    package func connect() -> Int32 { radio?.connect(self) ?? EHOSTUNREACH }

    package func pendingError() -> Int32 {
        defer { error = 0 }
        return error == 0 ? near.pendingError() : error
    }

    package func receive(into buffer: inout [UInt8]) -> PacketResult {
        let outcome = near.receive(into: &buffer)
        guard outcome == .closed else { return outcome }
        // The kernel reports an error once; later reads would block.
        defer { endError = nil }
        return endError.map { .failed($0) } ?? .wouldBlock
    }

    package func send(_ packet: [UInt8]) -> PacketResult {
        let outcome = near.send(packet)
        guard outcome == .failed(EPIPE) else { return outcome }
        defer { endError = nil }
        return .failed(endError ?? ENOTCONN)
    }

    /// The connection attempt starts.
    func blockWrites() {
        var room = Self.sendBufferSize
        setsockopt(near.descriptor, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout.size(ofValue: room)))
        _ = near.send(Self.filler)
    }

    /// The connection has failed.
    func fail(_ code: Int32) {
        error = code
        unblockWrites()
    }

    /// The connection is established: returns the peer's descriptor, which the caller owns.
    func establish() -> Int32? {
        unblockWrites()
        defer { far = nil }
        return far.map { dup($0.descriptor) }
    }

    /// Records the error with which the link ends.
    func end(_ code: Int32) {
        endError = code
    }

    private func unblockWrites() {
        var buffer = [UInt8](repeating: 0, count: Self.filler.count)
        _ = far?.receive(into: &buffer)
    }
}

/// The kernel's end of a management socket.
@ReactorActor
final class VirtualManagementSocket: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private var watch: EventLoop.Watch?
    private var buffer = [UInt8](repeating: 0, count: 32_768)
    private let onPacket: ([UInt8]) -> Void

    init(_ descriptor: consuming OwnedDescriptor, onPacket: @escaping @ReactorActor ([UInt8]) -> Void)
        throws(SystemError)
    {
        self.descriptor = descriptor
        self.onPacket = onPacket
        watch = try EventLoop.shared.watch(self.descriptor.number, for: .readable, handler: self)
    }

    func descriptorIsReady(_: Readiness) {
        while watch != nil {
            let count = recv(descriptor.number, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { end() }
                return
            }
            onPacket(Array(buffer.prefix(count)))
        }
    }

    func send(_ packet: [UInt8]) {
        guard watch != nil else { return }
        _ = Glibc.send(descriptor.number, packet, packet.count, Int32(MSG_NOSIGNAL))
    }

    func end() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }
}
