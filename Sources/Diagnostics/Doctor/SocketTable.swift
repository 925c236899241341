/// `/proc/net/tcp` and its like: who listens where.
enum SocketTable {
    /// The inodes of the sockets that are bound to a port: for TCP those that listen, for UDP all.
    static func inodes(_ text: String, port: Int, isUDP: Bool) -> [UInt64] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port,
                isUDP || fields[3] == "0A"
            else { return nil }
            return UInt64(fields[9])
        }
    }
}
