import Configuration

/// One thing that the gateway serves, and where.
package struct ServedAddress: Equatable, Sendable {
    package let purpose: String
    package let address: String

    static func list(for configuration: Configuration) -> [Self] {
        let http = Self.host(configuration.http.host, configuration.http.port)
        var list = [
            Self(purpose: "console", address: "http://\(http)/"),
            Self(purpose: "live socket", address: "ws://\(http)/ws/live"),
            Self(purpose: "live socket, to try", address: "http://\(http)/ws/test"),
            Self(purpose: "metrics", address: "http://\(http)/metrics"),
        ]
        if configuration.live.port != 0 {
            let live = Self.host(configuration.live.host, configuration.live.port)
            list.append(Self(purpose: "live socket, alone", address: "ws://\(live)/"))
        }
        if configuration.heart.enabled {
            let heart = configuration.heart
            list.append(
                Self(
                    purpose: "heart broadcast", address: "ws://\(Self.host(heart.websocketHost, heart.websocketPort))/")
            )
            list.append(
                Self(purpose: "heart boards send to", address: "udp \(Self.host(heart.udpHost, heart.udpPort))"))
        }
        return list
    }

    /// A host that somebody on this machine can use: an empty one means all, so this one as well.
    private static func host(_ host: String, _ port: Int) -> String {
        let everywhere = host.isEmpty || host == "0.0.0.0" || host == "::"
        return everywhere ? "localhost:\(port)" : host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
