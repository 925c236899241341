import Clocks

extension Configuration {
    /// Limits and timeouts of all HTTP and WebSocket connections.
    package struct Web: Sendable, Equatable {
        package var requestTimeout = Nanoseconds.seconds(10)
        package var idleTimeout = Nanoseconds.seconds(60)
        package var maximumHeaderBytes = 16 << 10
        package var maximumHeaders = 100
        package var maximumBodyBytes = 1 << 20
        package var maximumMessageBytes = 1 << 20
        package var pingInterval = Nanoseconds.seconds(20)
        package var pingTimeout = Nanoseconds.seconds(20)
        package var maximumClients = 5000
        package var maximumClientsPerAddress = 250
        package var connectionsPerAddress = 200
        package var requestsPerAddress = 2_000
        package var messagesPerAddress = 2_000
        package var limitThisMachine = false
        package var maximumMemoryBytes = 64 << 20
        /// How much may be queued for one client before it counts as slow.
        package var queueBytes = 1 << 20
        package var compression = Compression()

        package init() {}
    }
}

extension Configuration.Web {
    /// permessage-deflate, for clients that offer it.
    package struct Compression: Sendable, Equatable {
        package var enabled = true
        package var minimumBytes = 1024

        package init() {}
    }
}

extension Schema {
    static let web = Part(
        Section("web", "Limits and timeouts of all HTTP and WebSocket connections."),
        [
            Setting(
                "web.request_timeout", \.web.requestTimeout,
                .duration(from: .milliseconds(100), to: .seconds(3600)), .restart,
                "How long a client may take to send a complete request or WebSocket message."),
            Setting(
                "web.idle_timeout", \.web.idleTimeout, .duration(from: .milliseconds(100), to: .seconds(86_400)),
                .restart, "How long a connection may be idle between requests."),
            Setting(
                "web.maximum_header_bytes", \.web.maximumHeaderBytes, .size(from: 1 << 10, to: 1 << 20), .restart,
                "The maximum size of all header fields of a request together; the request line may have another 8 KiB."),
            Setting(
                "web.maximum_headers", \.web.maximumHeaders, .wholeNumber(in: 1...10_000), .restart,
                "The maximum number of header fields in a request."),
            Setting(
                "web.maximum_body_bytes", \.web.maximumBodyBytes, .size(from: 0, to: 1 << 30), .restart,
                "The maximum size of a request's body."),
            Setting(
                "web.maximum_message_bytes", \.web.maximumMessageBytes, .size(from: 1 << 10, to: 1 << 30), .restart,
                "The maximum size of a client's WebSocket message; a larger one closes the connection with code 1009."),
            Setting(
                "web.ping_interval", \.web.pingInterval, .duration(from: .milliseconds(100), to: .seconds(3600)),
                .restart, "The interval of pings to WebSocket clients."),
            Setting(
                "web.ping_timeout", \.web.pingTimeout, .duration(from: .milliseconds(100), to: .seconds(3600)),
                .restart, "How long a client may take to answer a ping."),
            Setting(
                "web.maximum_clients", \.web.maximumClients, .wholeNumber(in: 1...1_000_000), .restart,
                "The maximum number of simultaneous connections to a port."),
            Setting(
                "web.maximum_clients_per_address", \.web.maximumClientsPerAddress, .wholeNumber(in: 1...1_000_000),
                .restart,
                """
                The maximum number of simultaneous connections to a port from one IPv4 address or one IPv6 network (/64).
                """),
            Setting(
                "web.connections_per_address", \.web.connectionsPerAddress, .wholeNumber(in: 0...1_000_000), .restart,
                """
                How many connections a second one address may open to all ports together, with and without TLS, and five \
                times as many at once; 0: any number. Further ones wait. A proxy on another machine needs more, unless \
                it keeps its connections.
                """),
            Setting(
                "web.requests_per_address", \.web.requestsPerAddress, .wholeNumber(in: 0...1_000_000), .restart,
                """
                How many requests a second one IPv4 address or one IPv6 network (/64) may send to all ports together, \
                and five times as many at once; 0: any number. Further ones are answered 429 with Retry-After. A page of \
                LeadVille that polls sends 60 a second.
                """),
            Setting(
                "web.messages_per_address", \.web.messagesPerAddress, .wholeNumber(in: 0...1_000_000), .restart,
                """
                How many WebSocket and Socket.IO messages a second one address may send to all ports together, and five \
                times as many at once; 0: any number. Further ones wait.
                """),
            Setting(
                "web.limit_this_machine", \.web.limitThisMachine, .flag, .restart,
                """
                Whether the limits of one address hold for programs on this machine as well. They are trusted, and a \
                proxy among them stands for all of its clients; those that it names in X-Forwarded-For have limits of \
                their own.
                """),
            Setting(
                "web.maximum_memory_bytes", \.web.maximumMemoryBytes, .size(from: 1 << 20, to: 1 << 34), .restart,
                """
                How much memory all connections together may hold for request bodies, unfinished messages and queues. \
                Above that, the connections that hold most are closed.
                """),
            Setting(
                "web.queue_bytes", \.web.queueBytes, .size(from: 4 << 10, to: 1 << 30), .restart,
                "How much may be queued for one slow client before its oldest telemetry is dropped."),
        ])

    static let compression = Part(
        Section("web.compression", "permessage-deflate, for WebSocket clients that offer it."),
        [
            Setting(
                "web.compression.enabled", \.web.compression.enabled, .flag, .restart,
                "Whether messages are compressed for clients that offer it."),
            Setting(
                "web.compression.minimum_bytes", \.web.compression.minimumBytes, .size(from: 0, to: 1 << 30), .restart,
                "Smaller messages are sent uncompressed, because compressing them costs more than it saves."),
        ])
}
