import Glibc

/// An IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable {
    /// The larger of the two types; an IPv4 address uses its first 16 bytes.
    private let storage: sockaddr_in6
    private let length: socklen_t

    /// From memory that holds `length` bytes of an address and is large enough for the largest type.
    init(_ address: UnsafePointer<sockaddr_storage>, _ length: socklen_t) {
        storage = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
        self.length = min(length, socklen_t(MemoryLayout<sockaddr_in6>.size))
    }

    /// Resolves the host. A numeric address resolves at once; a name may query the network, so resolve names only at
    /// start.
    package init(host: String, port: UInt16, passive: Bool = false) throws(AddressError) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var results: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &results)
        guard code == 0, let first = results?.pointee, let address = first.ai_addr else {
            throw AddressError(host: host, reason: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(results) }
        self.init(copying: address, first.ai_addrlen)
    }

    /// All IPv6 addresses of this machine; a socket bound to it accepts IPv4 as well.
    package static func any(port: UInt16) -> Self {
        Self(family: AF_INET6, port: port, length: MemoryLayout<sockaddr_in6>.size)
    }

    /// All IPv4 addresses of this machine, for a kernel without IPv6.
    package static func anyIPv4(port: UInt16) -> Self {
        Self(family: AF_INET, port: port, length: MemoryLayout<sockaddr_in>.size)
    }

    /// Family and port have the same offset in both types, and the address is zero in both.
    private init(family: Int32, port: UInt16, length: Int) {
        var storage = sockaddr_in6()
        storage.sin6_family = sa_family_t(family)
        storage.sin6_port = port.bigEndian
        self.storage = storage
        self.length = socklen_t(length)
    }

    /// The address as text without the port. An IPv4-mapped IPv6 address is shown as IPv4.
    package var host: String {
        withUnsafeBytes(of: storage) { bytes in
            if family == AF_INET { return Self.formatIPv4(bytes[4..<8]) }
            let isMapped = bytes[8..<18].allSatisfy { $0 == 0 } && bytes[18] == 0xff && bytes[19] == 0xff
            return isMapped ? Self.formatIPv4(bytes[20..<24]) : Self.formatIPv6(bytes)
        }
    }

    /// The host alone, for comparison.
    package var ipAddress: IPAddress {
        withUnsafeBytes(of: storage) { bytes in
            if family == AF_INET {
                IPAddress(v4: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self).bigEndian)
            } else {
                IPAddress(
                    high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian,
                    low: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self).bigEndian)
            }
        }
    }

    /// Avoids the C library's printf.
    private static func formatIPv4(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(15)
        for byte in bytes {
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            if byte >= 100 { text.append(UInt8(ascii: "0") + byte / 100) }
            if byte >= 10 { text.append(UInt8(ascii: "0") + byte / 10 % 10) }
            text.append(UInt8(ascii: "0") + byte % 10)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func formatIPv6(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, bytes.baseAddress?.advanced(by: 8), &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The port has the same offset in both families.
    package var port: UInt16 {
        withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }

    package var family: Int32 { Int32(storage.sin6_family) }

    /// Calls `body` with the address as the socket functions need it.
    package func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    init(v6 address: sockaddr_in6) {
        storage = address
        length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    }

    private init(copying address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        var storage = sockaddr_in6()
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(Int(length), bytes.count)))
        }
        self.storage = storage
        self.length = length
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String {
        let host = self.host
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// A host name that cannot be resolved.
package struct AddressError: Error, Equatable, CustomStringConvertible {
    package let host: String
    package let reason: String

    package var description: String { "cannot resolve \"\(host)\": \(reason)" }
}

/// Caches the text of addresses, because a board sends from the same one every second.
package struct HostNameCache {
    private struct Entry {
        let host: IPAddress
        let name: String
    }

    /// A direct-mapped cache: each host has one slot, shared with other hosts.
    private var entries = [Entry?](repeating: nil, count: 1 << bitsOfPlace)
    private static let bitsOfPlace = 6

    package init() {}

    package mutating func name(of address: SocketAddress) -> String {
        let host = address.ipAddress
        // Fibonacci hashing distributes neighbouring addresses over all slots.
        let spread = (host.high ^ host.low) &* 0x9E37_79B9_7F4A_7C15
        let place = Int(spread >> UInt64(64 - Self.bitsOfPlace))
        if let entry = entries[place], entry.host == host { return entry.name }
        let name = address.host
        entries[place] = Entry(host: host, name: name)
        return name
    }
}
