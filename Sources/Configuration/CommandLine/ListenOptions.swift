import Clocks

/// Which live socket to listen to, and for how long.
package struct ListenOptions: Equatable, Sendable {
    package enum Format: Equatable, Sendable {
        /// A line for each event.
        case lines
        /// The same in columns, with a header.
        case table
        /// The messages as they arrive.
        case json
    }

    package var url = WebSocketURL(server: HostAndPort(host: "localhost", port: 8000), path: "/ws/live")
    /// Empty: what the server sends by itself.
    package var channels: [String] = []
    /// The latest event that is known: later ones are printed first, also those that are missed by an interruption.
    package var since: UInt64?
    package var format = Format.lines
    /// Nil: no limit.
    package var count: Int?
    package var duration: Nanoseconds?
    package var tokenFile: String?

    package init() {}

    init(_ arguments: ArgumentScanner) throws(UsageError) {
        if let text = arguments.operands.first {
            guard let url = WebSocketURL(text) else {
                throw UsageError(
                    .invalidOperand(
                        name: "URL", found: text, choices: ["an address such as ws://range.local:8000/ws/live"],
                        nearest: nil), in: .listen)
            }
            self.url = url
        }
        if let list = arguments.value("channels") {
            channels = list.split(separator: ",").map { String($0.filter { $0 != " " }) }
        }
        since = try arguments.value("since", .wholeNumber(in: 0...Int.max), in: .listen).map { UInt64($0) }
        count = try arguments.value("count", .wholeNumber(in: 1...1_000_000_000), in: .listen)
        duration = try arguments.value(
            "for", .duration(from: .milliseconds(1), to: .seconds(365 * 86_400)), in: .listen)
        tokenFile = arguments.value("token-file")
        if arguments.has("table") { format = .table }
        if arguments.has("json") { format = .json }
    }
}

/// The address of a WebSocket without encryption.
package struct WebSocketURL: Equatable, Sendable {
    package var server: HostAndPort
    package var path: String

    package init(server: HostAndPort, path: String) {
        self.server = server
        self.path = path
    }

    /// Parses `ws://host`, `ws://host:port` and `ws://host:port/path`. Without a port it is 80; without a path, the
    /// live socket's on port 8000, and `/` elsewhere.
    package init?(_ text: String) {
        let scheme = "ws://"
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let place = rest[..<slash]
        let isBare = place.last == "]" || !place.contains(":")
        guard let server = HostAndPort(isBare ? "\(place):80" : String(place)),
            rest[slash...].utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { return nil }
        self.server = server
        path = slash < rest.endIndex ? String(rest[slash...]) : server.port == 8000 ? "/ws/live" : "/"
    }

    /// As the Host header names it.
    package var host: String {
        server.host.contains(":") ? "[\(server.host)]:\(server.port)" : "\(server.host):\(server.port)"
    }

    package var text: String { "ws://\(host)\(path)" }
}
