extension Configuration {
    /// The main port: pages, APIs and the live socket.
    package struct HTTP: Sendable, Equatable {
        /// Empty: every IPv4 and IPv6 address of the machine; this holds for every host key.
        package var host = ""
        package var port = 8000
        package var corsOrigins = ["*"]
        /// The token that requests which change something must present; empty: none is required.
        package var token = ""

        package init() {}
    }

    /// The live socket on a port of its own, as in LeadVille's stand-alone setup.
    package struct Live: Sendable, Equatable {
        package var host = ""
        /// 0 leaves the port closed.
        package var port = 8765

        package init() {}
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
                "Web pages from these origins may use the APIs; \"*\" allows all origins."),
            Setting(
                "http.token", \.http.token, .secret, .live,
                """
                Requests that change something must carry this token as "Authorization: Bearer TOKEN"; when empty, no \
                token is required. `openssl rand -hex 16` generates one.
                """),
        ])

    static let live = Part(
        Section("live", "The live socket on a port of its own, as in LeadVille's stand-alone setup."),
        [
            Setting("live.host", \.live.host, .host, .restart, "The address to listen on; all addresses when empty."),
            Setting(
                "live.port", \.live.port, .wholeNumber(in: 0...65535), .restart,
                "The TCP port to listen on; 0 disables it."),
        ])
}
