import CLinux
import Glibc

/// An IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable {
    private let storage: sockaddr_storage
    private let length: socklen_t

    init(_ storage: sockaddr_storage, _ length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    /// Looks the host up. Numbers are taken at once; a name may ask the network, so do this at the start only.
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

    /// Every IPv6 address of this machine; a socket bound to it hears IPv4 as well.
    package static func any(port: UInt16) -> Self {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        return Self(embedding: &address)
    }

    /// Every IPv4 address of this machine, for a kernel without IPv6.
    package static func anyIPv4(port: UInt16) -> Self {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        return Self(embedding: &address)
    }

    /// The address as text without the port. IPv4 that came in through an IPv6 socket is shown as IPv4.
    package var host: String {
        withUnsafeBytes(of: storage) { bytes in
            if family == AF_INET { return Self.dotted(bytes[4..<8]) }
            let isMapped = bytes[8..<18].allSatisfy { $0 == 0 } && bytes[18] == 0xff && bytes[19] == 0xff
            return isMapped ? Self.dotted(bytes[20..<24]) : Self.colonned(bytes)
        }
    }

    /// Written for each datagram, so it is not left to the C library, whose way leads through printf.
    private static func dotted(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
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

    private static func colonned(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, bytes.baseAddress?.advanced(by: 8), &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The port stands at the same place in both families.
    package var port: UInt16 {
        withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }

    var family: Int32 { Int32(storage.ss_family) }

    /// The address as the socket calls want it.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private init(copying address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(Int(length), bytes.count)))
        }
        self.init(storage, length)
    }

    private init<Address>(embedding address: inout Address) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            withUnsafeBytes(of: &address) { bytes.copyMemory(from: $0) }
        }
        self.init(storage, socklen_t(MemoryLayout<Address>.size))
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String {
        let host = self.host
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// A host name that leads nowhere.
package struct AddressError: Error, Equatable, CustomStringConvertible {
    package let host: String
    package let reason: String

    package var description: String { "cannot find the address of \"\(host)\": \(reason)" }
}
