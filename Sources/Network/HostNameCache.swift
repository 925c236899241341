/// The text of addresses that come again and again: a board sends every second from the same one.
package struct HostNameCache {
    private struct Entry {
        let host: SocketAddress.HostBits
        let name: String
    }

    /// Each host has one place, which it may have to leave to another one.
    private var entries = [Entry?](repeating: nil, count: 1 << bitsOfPlace)
    private static let bitsOfPlace = 6

    package init() {}

    package mutating func name(of address: SocketAddress) -> String {
        let host = address.hostBits
        // Multiplying by the golden ratio spreads neighbouring addresses over all places.
        let spread = (host.high ^ host.low) &* 0x9E37_79B9_7F4A_7C15
        let place = Int(spread >> UInt64(64 - Self.bitsOfPlace))
        if let entry = entries[place], entry.host == host { return entry.name }
        let name = address.host
        entries[place] = Entry(host: host, name: name)
        return name
    }
}
