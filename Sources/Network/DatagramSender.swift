import CLinux
import Glibc
import Reactor

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

    /// Datagrams are not promised to anybody: true says only that the system took it.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { Glibc.send(descriptor.number, $0.baseAddress, $0.count, 0) } == bytes.count
    }
}
