import CLinux
import Glibc
import Reactor

/// Makes the sockets that listen.
enum BoundSocket {
    /// A non-blocking socket bound to the endpoint. Without a host it hears IPv6 and IPv4 alike; on a kernel without
    /// IPv6, IPv4 alone.
    static func open(_ type: Int32, at endpoint: Endpoint, purpose: String) throws -> OwnedDescriptor {
        func bound(to address: SocketAddress) throws(BindError) -> OwnedDescriptor {
            let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let number = socket(address.family, type | flags, 0)
            guard number >= 0 else { throw BindError(purpose: purpose, address: endpoint.description, code: errno) }
            let descriptor = OwnedDescriptor(adopting: number)
            // A restarted gateway must have its ports back at once, though old connections linger. For datagrams the
            // same option would let two gateways share a port and each hear half of it.
            if type == Int32(SOCK_STREAM.rawValue) { descriptor.setOption(SOL_SOCKET, SO_REUSEADDR, 1) }
            if address.family == AF_INET6 { descriptor.setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
            guard address.withPointer({ bind(number, $0, $1) }) == 0 else {
                throw BindError(purpose: purpose, address: endpoint.description, code: errno)
            }
            return descriptor
        }
        guard endpoint.host.isEmpty else {
            return try bound(to: SocketAddress(host: endpoint.host, port: endpoint.port, passive: true))
        }
        return try bound(to: hasIPv6 ? .any(port: endpoint.port) : .anyIPv4(port: endpoint.port))
    }

    /// Whether the kernel speaks IPv6 at all; it can be switched off at its start.
    private static let hasIPv6: Bool = {
        let number = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        let descriptor = OwnedDescriptor(adopting: number)
        return SocketAddress.any(port: 0).withPointer { bind(descriptor.number, $0, $1) } == 0
    }()
}

extension OwnedDescriptor {
    /// Sets a socket option that is a wish, not a need: a kernel that lacks it serves as well.
    func setOption(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(number, level, option, &value, socklen_t(MemoryLayout.size(ofValue: value)))
    }

    /// The address the socket is bound to: tells the port when the system chose it.
    func localAddress() -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout.size(ofValue: storage))
        withUnsafeMutablePointer(to: &storage) { storage in
            _ = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
        }
        return SocketAddress(&storage, length)
    }
}
