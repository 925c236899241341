import Clocks

extension Schema {
    static let web = [
        Setting(
            "web.request_timeout", \.web.requestTimeout,
            .duration(from: .milliseconds(100), to: .seconds(3600)), .restart,
            "How long a client may take to send a complete request."),
        Setting(
            "web.idle_timeout", \.web.idleTimeout, .duration(from: .milliseconds(100), to: .seconds(86_400)),
            .restart, "How long a connection may wait for its next request."),
        Setting(
            "web.maximum_header_bytes", \.web.maximumHeaderBytes, .size(from: 1 << 10, to: 1 << 20), .restart,
            "The largest head of a request, from its first line to the empty one."),
        Setting(
            "web.maximum_headers", \.web.maximumHeaders, .wholeNumber(in: 1...10_000), .restart,
            "The largest number of header fields in a request."),
        Setting(
            "web.maximum_body_bytes", \.web.maximumBodyBytes, .size(from: 0, to: 1 << 30), .restart,
            "The largest body of a request."),
        Setting(
            "web.maximum_message_bytes", \.web.maximumMessageBytes, .size(from: 1 << 10, to: 1 << 30), .restart,
            "The largest WebSocket message of a client; a larger one closes its connection with code 1009."),
        Setting(
            "web.ping_interval", \.web.pingInterval, .duration(from: .milliseconds(100), to: .seconds(3600)),
            .restart, "How often a WebSocket client is asked whether it is still there."),
        Setting(
            "web.ping_timeout", \.web.pingTimeout, .duration(from: .milliseconds(100), to: .seconds(3600)),
            .restart, "How long it may take to answer."),
        Setting(
            "web.maximum_clients", \.web.maximumClients, .wholeNumber(in: 1...1_000_000), .restart,
            "The largest number of connections at the same time."),
        Setting(
            "web.queue_bytes", \.web.queueBytes, .size(from: 4 << 10, to: 1 << 30), .restart,
            "How much may wait for one slow client before its oldest telemetry is dropped."),
    ]

    static let compression = [
        Setting(
            "web.compression.enabled", \.web.compression.enabled, .flag, .restart,
            "Whether messages are compressed for clients that offer it."),
        Setting(
            "web.compression.minimum_bytes", \.web.compression.minimumBytes, .size(from: 0, to: 1 << 30), .restart,
            "Smaller messages go out as they are: compressing them costs more than it saves."),
    ]
}
