import CLinux
import Glibc

/// The names and addresses of this machine.
package enum LocalMachine {
    /// The host name as the system administrator set it; empty if it is unknown.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An address of a network interface.
    package struct InterfaceAddress: Sendable {
        package let interface: String
        package let address: String
        package let isIPv6: Bool
    }

    /// Without the loopback interface.
    package static var interfaceAddresses: [InterfaceAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [InterfaceAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0 else { continue }
            let family = Int32(address.pointee.sa_family)
            guard family == AF_INET || family == AF_INET6 else { continue }
            let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            addresses.append(
                InterfaceAddress(
                    interface: String(cString: entry.ifa_name),
                    address: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
                    isIPv6: family == AF_INET6))
        }
        return addresses
    }

    /// The name of the wireless network to which an interface is connected; nil if it is not wireless, or not connected.
    package static func networkName(of interface: String) -> String? {
        var name = [CChar](repeating: 0, count: 32)
        let length = Int(linux_network_name(interface, &name, name.count))
        return length > 0 ? String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// The name under which clients on the same network reach this machine; nil if its host name is unknown.
    package static var localName: String? {
        let host = hostName
        return host.isEmpty ? nil : host.contains(".") ? host : host + ".local"
    }

    /// The names under which clients reach this machine, for its certificate; the most usual one first.
    package static func certificateNames(besides further: [String]) -> [String] {
        let own = localName.map { [$0, hostName] } ?? []
        // An address with a zone is valid on this machine only.
        let addresses = interfaceAddresses.map(\.address).filter { !$0.contains("%") }
        var names: [String] = []
        for name in own + further + ["range.local", "localhost"] + addresses + ["127.0.0.1", "::1"]
        where !names.contains(name) { names.append(name) }
        return names
    }
}
