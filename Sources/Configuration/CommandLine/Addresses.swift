/// The destination of datagrams.
package struct HostAndPort: Equatable, Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Parses `host:port`, with square brackets around an IPv6 address.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard HostName.problem(host) == nil, DecimalNumber(digits)?.isWhole == true, let port = Int(digits),
            (1...65535).contains(port)
        else { return nil }
        self.init(host: host, port: port)
    }
}

/// The base URL of a gateway: `http://host:port`, without a path.
package struct HTTPAddress: Equatable, Sendable {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package init?(_ text: String) {
        guard text.hasPrefix("http://") else { return nil }
        var rest = text.dropFirst("http://".count)
        if rest.last == "/" { rest = rest.dropLast() }
        let isBare = rest.last == "]" || !rest.contains(":")
        guard let place = HostAndPort(isBare ? "\(rest):80" : String(rest)) else { return nil }
        self.init(host: place.host, port: place.port)
    }
}

/// The URL to which messages are posted; HTTP only.
package struct PostAddress: Equatable, Sendable {
    package var server: HostAndPort
    package var path: String

    /// Parses `http://host:port/path`.
    package init?(_ text: String) {
        let scheme = "http://"
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let server = HostAndPort(String(rest[..<slash])),
            rest[slash...].utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { return nil }
        self.server = server
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
    }
}
