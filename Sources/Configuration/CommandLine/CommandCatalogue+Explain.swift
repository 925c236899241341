extension CommandCatalogue {
    static let explain = CommandSpecification(
        name: .explain, summary: "Tell how an event came about, back to the bytes.",
        operands: ["ID"],
        options: [
            OptionSpecification("url", value: "URL", "Where the gateway is. Default: as the configuration says."),
            OptionSpecification(
                "config", value: "FILE", "The gateway's configuration; its http.port is asked on this machine."),
            OptionSpecification("json", "Write it as the gateway tells it, for tools."),
        ],
        details: [
            """
            Asks a running gateway. ID is the "id" of an event of the live socket: a shot, an impact, what became of a \
            run. What it was concluded from is explained with it.
            """,
            "The exit status is 1 when nothing is known of the event, or the gateway cannot be asked.",
        ],
        examples: [
            .init("explain 4711", "explains an event of the gateway on this machine"),
            .init("explain 4711 --url http://range.local:8000 --json", "asks another machine"),
        ])
}

/// Which event is explained, and by whom.
package struct ExplainOptions: Equatable, Sendable {
    package var event: UInt64
    /// Nil: as the configuration says.
    package var url: HTTPAddress?
    package var configurationFile: String?
    package var isJSON = false

    package init(event: UInt64) {
        self.event = event
    }

    init(_ arguments: ArgumentScanner) throws(UsageError) {
        let text = arguments.operands.first ?? ""
        guard let event = UInt64(text) else {
            throw UsageError(
                .invalidOperand(name: "ID", found: text, choices: ["the number of an event"], nearest: nil),
                in: .explain)
        }
        self.event = event
        isJSON = arguments.has("json")
        configurationFile = arguments.value("config")
        if let url = arguments.value("url") {
            guard let address = HTTPAddress(url) else {
                throw UsageError(
                    .invalidValue(
                        option: "url", found: url, expected: "an address such as http://range.local:8000", hint: nil),
                    in: .explain)
            }
            self.url = address
        }
    }
}

/// Where a gateway serves: `http://host:port`, without a path.
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
