import CLinux
import Glibc
import Reactor

/// The kernel's management socket: one for all adapters. Anybody may listen; to change something takes CAP_NET_ADMIN.
@ReactorActor
package final class ManagementSocket: PacketSocket {
    private let socket: ConnectedPacketSocket

    /// What a device has to say may take some kilobytes on newer adapters.
    package static let maximumPacketLength = 4_096

    package init() throws(LinkError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(Int32(LINUX_AF_BLUETOOTH), type, Int32(LINUX_BTPROTO_HCI))
        guard number >= 0 else { throw LinkError(errno, at: .preparing) }
        socket = ConnectedPacketSocket(OwnedDescriptor(adopting: number))
        var address = linux_hci_address()
        address.family = sa_family_t(LINUX_AF_BLUETOOTH)
        address.device = UInt16(LINUX_HCI_NO_DEVICE)
        address.channel = UInt16(LINUX_HCI_CHANNEL_CONTROL)
        let isBound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<linux_hci_address>.size)) == 0
            }
        }
        guard isBound else { throw LinkError(errno, at: .preparing) }
    }

    package var descriptor: Int32 { socket.descriptor }

    package func connect() -> Int32 { 0 }

    package func pendingError() -> Int32 { socket.pendingError() }

    package func receive(into buffer: inout [UInt8]) -> PacketResult { socket.receive(into: &buffer) }

    /// Of a command that the kernel refuses (no such adapter, no permission) it says that it took nothing, and answers it
    /// all the same.
    package func send(_ packet: [UInt8]) -> PacketResult {
        let outcome = socket.send(packet)
        return outcome == .transferred(0) ? .transferred(packet.count) : outcome
    }
}
