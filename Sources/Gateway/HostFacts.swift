import Clocks
import Glibc
import Network
import Surfaces

/// Reads what is shown of this machine.
enum HostFacts {
    static var name: String {
        let name = LocalMachine.hostName
        return name.isEmpty ? "gateway" : name
    }

    static func status() -> HostStatus {
        var system = utsname()
        uname(&system)
        return HostStatus(
            name: name, platform: withUnsafeBytes(of: &system.sysname, text),
            release: withUnsafeBytes(of: &system.release, text),
            uptime: SystemClock.monotonic() - MonotonicTime(nanoseconds: 0),
            interfaces: interfaces())
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func interfaces() -> [HostStatus.Interface] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var interfaces: [HostStatus.Interface] = []
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
            interfaces.append(
                HostStatus.Interface(
                    name: String(cString: entry.ifa_name),
                    address: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
                    isIPv6: family == AF_INET6))
        }
        return interfaces
    }
}
