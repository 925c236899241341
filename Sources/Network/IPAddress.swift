import Clocks
import Glibc
import Reactor

/// An IP address without a port. IPv4 addresses are stored as IPv4-mapped IPv6 addresses, so both spellings are equal.
package struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(v4 address: UInt32) {
        self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(address))
    }

    /// Parses `192.168.1.20`, with four decimal numbers.
    package init?(v4 text: String) {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        self.init(v4: address.s_addr.bigEndian)
    }

    /// Parses `fe80::1`, without brackets or a zone.
    package init?(v6 text: String) {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        self = withUnsafeBytes(of: address) { bytes in
            Self(
                high: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self).bigEndian,
                low: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian)
        }
    }

    /// The address of an IPv4 host; nil for IPv6.
    private var v4: UInt32? {
        high == 0 && low >> 32 == Self.mappedPrefix ? UInt32(truncatingIfNeeded: low) : nil
    }

    private static let mappedPrefix: UInt64 = 0xFFFF

    var isIPv6: Bool { v4 == nil }

    /// Whether it is a loopback address.
    package var isThisMachine: Bool {
        v4.map { $0 >> 24 == 127 } ?? (high == 0 && low == 1)
    }

    /// `0.0.0.0` or `::`.
    package var isUnspecified: Bool { v4.map { $0 == 0 } ?? (high == 0 && low == 0) }

    /// What one host can have as its addresses: one IPv4 address, or a whole network of IPv6 (/64).
    package var network: Self { v4 == nil ? Self(high: high, low: 0) : self }

    /// Whether only hosts of the same machine or network use this address: loopback, unspecified, private, link-local
    /// and unique local addresses.
    package var isLocal: Bool {
        if let v4 {
            return v4 == 0 || v4 >> 24 == 127 || v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8
                || v4 >> 16 == 0xA9FE
        }
        return high == 0 && low <= 1 || high >> 54 == 0x3FA || high >> 57 == 0x7E
    }
}

/// The addresses of this machine's network interfaces. They are read again when they are needed and are older than
/// five seconds, because interfaces come and go.
@ReactorActor
package final class InterfaceAddresses {
    private var addresses: Set<IPAddress> = []
    private var readAt: MonotonicTime?

    package nonisolated init() {}

    /// Whether a host with this address is on this machine.
    package func isThisMachine(_ address: IPAddress) -> Bool { address.isThisMachine || contains(address) }

    /// Whether a host with this address is on this machine or on a network of it: a private one, or for IPv6, whose hosts
    /// have public addresses on any network, one that this machine is part of.
    package func isNear(_ address: IPAddress) -> Bool {
        if address.isLocal || contains(address) { return true }
        return address.isIPv6 && addresses.contains { $0.isIPv6 && $0.network == address.network }
    }

    package func contains(_ address: IPAddress) -> Bool {
        let now = SystemClock.monotonic()
        if readAt.map({ now - $0 > .seconds(5) }) ?? true {
            addresses = Self.read()
            readAt = now
        }
        return addresses.contains(address)
    }

    private static func read() -> Set<IPAddress> {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var addresses: Set<IPAddress> = []
        var next = first
        while let interface = next?.pointee {
            next = interface.ifa_next
            guard let address = interface.ifa_addr else { continue }
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                let bits = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
                addresses.insert(IPAddress(v4: bits.bigEndian))
            case AF_INET6:
                let socketAddress = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
                addresses.insert(SocketAddress(v6: socketAddress).ipAddress)
            default: break
            }
        }
        return addresses
    }
}
