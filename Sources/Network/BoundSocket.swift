import Glibc
import Reactor

/// A port could not be bound. The description says what to do.
package struct BindError: Error, Equatable, CustomStringConvertible {
    package let purpose: String
    package let address: String
    package let code: Int32

    package var description: String {
        switch code {
        case EADDRINUSE:
            "\(purpose): \(address) is already in use; stop the other program or configure another port"
        case EACCES:
            "\(purpose): \(address) is a privileged port; configure a port of 1024 or above"
        case EADDRNOTAVAIL:
            "\(purpose): \(address) is not an address of this machine"
        default:
            "\(purpose): cannot listen on \(address): \(SystemError.text(of: code))"
        }
    }
}

/// The address of a listener: a configured host (empty for all addresses of the machine) and a port.
package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String = "", port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String {
        host.isEmpty ? "port \(port)" : host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Creates bound sockets.
enum BoundSocket {
    /// A non-blocking socket bound to the endpoint. Without a host it accepts IPv6 and IPv4; on a kernel without IPv6,
    /// IPv4 only.
    static func open(_ type: Int32, at endpoint: Endpoint, purpose: String) throws -> OwnedDescriptor {
        func bound(to address: SocketAddress) throws(BindError) -> OwnedDescriptor {
            let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let number = socket(address.family, type | flags, 0)
            guard number >= 0 else { throw BindError(purpose: purpose, address: endpoint.description, code: errno) }
            let descriptor = OwnedDescriptor(adopting: number)
            // A restarted gateway must get its ports back at once, even with old connections in TIME_WAIT. For UDP the
            // same option would let two gateways share a port and split its datagrams.
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

    /// Whether IPv6 is enabled; a kernel parameter can disable it.
    private static let hasIPv6: Bool = {
        let number = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        let descriptor = OwnedDescriptor(adopting: number)
        return SocketAddress.any(port: 0).withPointer { bind(descriptor.number, $0, $1) } == 0
    }()
}

extension OwnedDescriptor {
    /// Sets an optional socket option: failure is ignored.
    func setOption(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(number, level, option, &value, socklen_t(MemoryLayout.size(ofValue: value)))
    }

    /// The bound address, including a port chosen by the system.
    func localAddress() -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout.size(ofValue: storage))
        withUnsafeMutablePointer(to: &storage) { storage in
            _ = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
        }
        return SocketAddress(&storage, length)
    }
}
