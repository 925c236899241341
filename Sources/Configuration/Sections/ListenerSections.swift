extension Configuration {
    /// A port that the gateway listens on.
    package struct Listener: Sendable, Equatable {
        package enum Transport: Sendable, Equatable {
            case tcp, udp
        }

        /// A stable name for metrics and logs.
        package let name: String
        /// For messages: `live socket`.
        package let purpose: String
        /// What a client finds there, for the table of open ports in SECURITY.md.
        package let summary: String
        package let transport: Transport
        package let hostKey: String
        package let portKey: String
        package let host: String
        package let port: Int
        package let isEnabled: Bool

        /// The host and port for URLs used on this machine: an empty or wildcard host becomes `localhost`.
        package var localAddress: String {
            if host.isEmpty || host == "0.0.0.0" || host == "::" { return "localhost:\(port)" }
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// All ports, enabled or not: the one list for the conflict check, doctor and SECURITY.md. A new port is one entry
    /// here, and one in the `listeners` of its surface; a test checks that both are the same.
    package var listeners: [Listener] {
        [
            http.listener, live.listener, leadVille.listener, leadVille.timerListener, heart.webSocketListener,
            heart.udpListener, pressure.listener,
        ]
    }
}

extension Configuration {
    /// The main port: pages, APIs and the live socket.
    package struct HTTP: Sendable, Equatable {
        /// Empty: every IPv4 and IPv6 address of the machine; this holds for every host key.
        package var host = ""
        package var port = 8000
        package var corsOrigins = ["*"]
        package var names: [String] = []
        /// The token that requests which change something must present; empty: none is required.
        package var token = ""
        package var protect = Protection.changes
        package var tokenInQuery = false
        /// Where the files of Swagger UI and ReDoc are, if they are installed.
        package var apiPages = "/usr/share/leadville-gateway/apidocs"

        /// What needs a token, if there is any. The raw value is the word in the configuration.
        package enum Protection: String, CaseIterable, Sendable {
            case changes, everything
        }

        package init() {}

        package var listener: Listener {
            Listener(
                name: "http", purpose: "web",
                summary: "HTTP, WebSocket: pages, `/api`, `/ws/live`, `/metrics`, `/health`", transport: .tcp,
                hostKey: "http.host", portKey: "http.port", host: host, port: port, isEnabled: true)
        }
    }

    /// The live socket on a port of its own, as in LeadVille's stand-alone setup.
    package struct Live: Sendable, Equatable {
        package var host = ""
        /// 0 leaves the port closed.
        package var port = 8765
        package var vocabulary = Vocabulary.leadville

        /// The raw value is the word in the configuration.
        package enum Vocabulary: String, CaseIterable, Sendable {
            /// That of LeadVille's stand-alone server.
            case leadville
            /// That of `/ws/live`.
            case gateway
        }

        package init() {}

        package var listener: Listener {
            Listener(
                name: "live", purpose: "live socket",
                summary: "WebSocket: the live socket again (`live.port: 0` closes it)", transport: .tcp,
                hostKey: "live.host", portKey: "live.port", host: host, port: port, isEnabled: port != 0)
        }
    }
}

extension Schema {
    static let http = Part(
        Section("http", "The main port: pages, APIs and the live socket (/ws/live)."),
        [
            Setting("http.host", \.http.host, .host, .restart, "The address to listen on; all addresses when empty."),
            Setting("http.port", \.http.port, .port, .restart, "The TCP port to listen on."),
            Setting(
                "http.cors_origins", \.http.corsOrigins,
                .list(of: .origin, expected: "a list of origins", maximum: 100), .restart,
                """
                Web pages from these origins may use the APIs; "*" allows pages of all origins to read. Pages of this \
                machine and its local network may always read and change everything.
                """),
            Setting(
                "http.names", \.http.names,
                .list(of: .hostName, expected: "a list of host names", maximum: 100), .restart,
                """
                Names under which clients reach the gateway besides its host name and local names, for example behind \
                a proxy. Requests that change something must name one of them as their host.
                """),
            Setting(
                "http.token", \.http.token, .secret, .live,
                """
                A token with the role admin, besides those that `leadville-gateway token add` makes: once there is any \
                token, requests that change something must carry one as "Authorization: Bearer TOKEN".
                """),
            Setting(
                "http.protect", \.http.protect, .choice, .restart,
                """
                What needs a token: "changes", or "everything", so that reading needs one with the role read. Pages \
                without data and /tls stay open.
                """),
            Setting(
                "http.token_in_query", \.http.tokenInQuery, .flag, .live,
                """
                Whether a token may also be presented as ?token=TOKEN, for clients that can send it in no other way. \
                Proxies and browsers keep addresses, and so the token.
                """),
            Setting(
                "http.api_pages", \.http.apiPages, .path, .restart,
                """
                The directory with the files of Swagger UI and ReDoc, for /docs and /redoc; the gateway's own pages \
                are served while it does not have them.
                """),
        ])

    static let live = Part(
        Section("live", "The live socket on a port of its own, as in LeadVille's stand-alone setup."),
        [
            Setting("live.host", \.live.host, .host, .restart, "The address to listen on; all addresses when empty."),
            Setting(
                "live.port", \.live.port, .wholeNumber(in: 0...65535), .restart,
                "The TCP port to listen on; 0 disables it."),
            Setting(
                "live.vocabulary", \.live.vocabulary, .choice, .restart,
                """
                How messages are worded on this port: "leadville" as LeadVille's stand-alone server does (welcome, \
                timer_start), "gateway" as /ws/live on the main port does (connection_established, timer_started).
                """),
        ])
}
