import CLinux
import Glibc
import Reactor

/// The kernel's way to a Low Energy device: the fixed channel of the Attribute Protocol, one message for each packet.
///
/// Whoever may open it needs no privileges. The security level is left as it is: to ask for more would start pairing,
/// which none of our devices can do.
@ReactorActor
package final class L2CAPSocket: PacketSocket {
    private let socket: ConnectedPacketSocket
    private var peer: linux_l2cap_address

    /// - Parameter adapter: whose radio is used; any when it is nil.
    package init(to peer: BluetoothAddress, from adapter: BluetoothAddress? = nil) throws(LinkError) {
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(Int32(LINUX_AF_BLUETOOTH), type, Int32(LINUX_BTPROTO_L2CAP))
        guard number >= 0 else { throw LinkError(errno, at: .preparing) }
        socket = ConnectedPacketSocket(OwnedDescriptor(adopting: number))
        self.peer = Self.address(peer)
        // Without an address of its own the socket would not know that it is about Low Energy.
        var own = Self.address(adapter ?? BluetoothAddress(bits: 0, kind: .publicAddress))
        guard Self.withPointer(to: &own, { bind(number, $0, $1) }) == 0 else {
            throw LinkError(errno, at: .preparing)
        }
    }

    package var descriptor: Int32 { socket.descriptor }

    package func connect() -> Int32 {
        Self.withPointer(to: &peer) { Glibc.connect(socket.descriptor, $0, $1) } == 0 ? 0 : errno
    }

    package func pendingError() -> Int32 { socket.pendingError() }

    package func receive(into buffer: inout [UInt8]) -> PacketResult { socket.receive(into: &buffer) }

    package func send(_ packet: [UInt8]) -> PacketResult { socket.send(packet) }

    private static func address(_ address: BluetoothAddress) -> linux_l2cap_address {
        var result = linux_l2cap_address()
        result.family = sa_family_t(LINUX_AF_BLUETOOTH)
        result.cid = UInt16(LINUX_L2CAP_CID_ATT).littleEndian
        result.kind = address.kind.rawValue
        withUnsafeMutableBytes(of: &result.device) { $0.copyBytes(from: address.littleEndianBytes) }
        return result
    }

    private static func withPointer(
        to address: inout linux_l2cap_address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<linux_l2cap_address>.size))
            }
        }
    }
}
