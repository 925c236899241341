import Bluetooth
import CLinux
import Glibc
import Reactor

/// A socket to a virtual device: one end of a pair, that says what the kernel's own would say when a link fails or ends.
///
/// As long as it is being connected a packet of no meaning stops it up, so that it cannot be written to: that is how
/// whoever waits for a connection notices that there is one.
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
        // An error is told once; behind it the kernel says that there is nothing yet.
        defer { endError = nil }
        return endError.map { .failed($0) } ?? .wouldBlock
    }

    package func send(_ packet: [UInt8]) -> PacketResult {
        let outcome = near.send(packet)
        guard outcome == .failed(EPIPE) else { return outcome }
        defer { endError = nil }
        return .failed(endError ?? ENOTCONN)
    }

    /// It is being connected.
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

    /// It is connected: gives the other end, which then belongs to whoever has asked.
    func establish() -> Int32? {
        unblockWrites()
        defer { far = nil }
        return far.map { dup($0.descriptor) }
    }

    /// The link has ended, or is about to, for this reason.
    func end(_ code: Int32) {
        endError = code
    }

    private func unblockWrites() {
        var buffer = [UInt8](repeating: 0, count: Self.filler.count)
        _ = far?.receive(into: &buffer)
    }
}
