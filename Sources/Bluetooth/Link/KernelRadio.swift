import CBluetooth
import Glibc
import Reactor

/// Opens Bluetooth sockets: of the kernel, or of a virtual radio.
@ReactorActor
package protocol Radio: AnyObject {
    func managementSocket() throws(LinkError) -> any PacketSocket

    /// Returns an unconnected socket.
    /// - Parameter adapter: the local adapter; nil for any.
    func socket(to peer: BluetoothAddress, from adapter: BluetoothAddress?) throws(LinkError) -> any PacketSocket
}

@ReactorActor
package final class KernelRadio: Radio {
    package init() {}

    package func managementSocket() throws(LinkError) -> any PacketSocket { try ManagementSocket() }

    package func socket(
        to peer: BluetoothAddress, from adapter: BluetoothAddress?
    ) throws(LinkError) -> any PacketSocket {
        try L2CAPSocket(to: peer, from: adapter)
    }
}

/// An L2CAP socket to a Low Energy device, on the fixed channel of the Attribute Protocol.
///
/// Needs no privileges. The security level stays unset: a higher one would start pairing, which none of the devices
/// supports.
@ReactorActor
package final class L2CAPSocket: PacketSocket {
    private let socket: ConnectedPacketSocket
    private var peer: sockaddr_l2

    /// - Parameter adapter: the local adapter; nil for any.
    package init(to peer: BluetoothAddress, from adapter: BluetoothAddress? = nil) throws(LinkError) {
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_BLUETOOTH, type, BTPROTO_L2CAP)
        guard number >= 0 else { throw LinkError(errno, at: .preparing) }
        socket = ConnectedPacketSocket(OwnedDescriptor(adopting: number))
        self.peer = Self.address(peer)
        // The bound address tells the kernel that this is a Low Energy socket.
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

    private static func address(_ address: BluetoothAddress) -> sockaddr_l2 {
        var result = sockaddr_l2()
        result.l2_family = sa_family_t(AF_BLUETOOTH)
        result.l2_cid = UInt16(BLUETOOTH_ATT_CID).littleEndian
        result.l2_bdaddr_type = address.kind.rawValue
        withUnsafeMutableBytes(of: &result.l2_bdaddr) { $0.copyBytes(from: address.littleEndianBytes) }
        return result
    }

    private static func withPointer(
        to address: inout sockaddr_l2, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_l2>.size))
            }
        }
    }
}

/// The kernel's Bluetooth management socket, shared by all adapters. Reading needs no privileges, commands that change
/// something need CAP_NET_ADMIN.
@ReactorActor
package final class ManagementSocket: PacketSocket {
    private let socket: ConnectedPacketSocket

    /// Extended advertisements can take several kilobytes.
    package static let maximumPacketLength = 4_096

    package init() throws(LinkError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_BLUETOOTH, type, BTPROTO_HCI)
        guard number >= 0 else { throw LinkError(errno, at: .preparing) }
        socket = ConnectedPacketSocket(OwnedDescriptor(adopting: number))
        var address = sockaddr_hci()
        address.hci_family = sa_family_t(AF_BLUETOOTH)
        address.hci_dev = UInt16(HCI_DEV_NONE)
        address.hci_channel = UInt16(HCI_CHANNEL_CONTROL)
        let isBound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_hci>.size)) == 0
            }
        }
        guard isBound else { throw LinkError(errno, at: .preparing) }
    }

    package var descriptor: Int32 { socket.descriptor }

    package func connect() -> Int32 { 0 }

    package func pendingError() -> Int32 { socket.pendingError() }

    package func receive(into buffer: inout [UInt8]) -> PacketResult { socket.receive(into: &buffer) }

    /// For a rejected command (no such adapter, no permission) the kernel returns 0 bytes sent, and still replies with
    /// its status.
    package func send(_ packet: [UInt8]) -> PacketResult {
        let outcome = socket.send(packet)
        return outcome == .transferred(0) ? .transferred(packet.count) : outcome
    }
}
