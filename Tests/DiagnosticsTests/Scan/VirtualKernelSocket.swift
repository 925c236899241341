import Bluetooth
import Glibc
import Reactor
import VirtualDevices

/// A management socket with a virtual kernel at its other end, which answers at once: also those who do not go back to
/// the loop meanwhile.
@ReactorActor
final class VirtualKernelSocket: PacketSocket {
    var kernel: VirtualKernel
    private let near: ConnectedPacketSocket
    private let far: ConnectedPacketSocket

    init(_ kernel: VirtualKernel) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
        near = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[0]))
        far = ConnectedPacketSocket(OwnedDescriptor(adopting: ends[1]))
        self.kernel = kernel
    }

    var descriptor: Int32 { near.descriptor }

    func connect() -> Int32 { 0 }

    func pendingError() -> Int32 { near.pendingError() }

    func receive(into buffer: inout [UInt8]) -> PacketResult { near.receive(into: &buffer) }

    func send(_ packet: [UInt8]) -> PacketResult {
        for answer in kernel.receive(packet) { deliver(answer) }
        return .transferred(packet.count)
    }

    /// Something that everybody is told.
    func deliver(_ packet: [UInt8]) {
        _ = far.send(packet)
    }
}
