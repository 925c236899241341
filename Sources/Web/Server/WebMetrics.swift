import Metrics
import Reactor

/// The metrics of a web server.
@ReactorActor
final class WebMetrics {
    let connections: Counter
    let rejectedConnections: Counter
    let webSockets: Counter
    let timeouts: Counter
    let responseTimeouts: Counter
    let abandoned: Counter
    let broken: Counter
    private let unauthorised: Counter
    let droppedFrames: Counter
    let tooSlow: Counter
    let delayedConnections: Counter
    let rejectedRequests: Counter
    let delayedMessages: Counter
    /// By status class; created at the first response.
    private var responses = [Counter?](repeating: nil, count: 6)
    private let server: String
    private let registry: MetricsRegistry

    init(server: String, registry: MetricsRegistry) {
        self.server = server
        self.registry = registry
        func counter(_ name: String, _ help: String) -> Counter { registry.counter(name, help, ["server": server]) }
        connections = counter("leadville_web_connections_total", "Connections accepted.")
        rejectedConnections = counter(
            "leadville_web_connections_refused_total", "Connections rejected because a limit was reached.")
        webSockets = counter("leadville_websocket_clients_total", "Connections upgraded to WebSocket.")
        timeouts = counter("leadville_web_request_timeouts_total", "Requests that timed out before they were complete.")
        responseTimeouts = counter(
            "leadville_web_answer_timeouts_total", "Responses that timed out.")
        abandoned = counter(
            "leadville_web_answers_abandoned_total", "Responses abandoned because the client disconnected.")
        broken = counter(
            "leadville_web_answers_broken_total", "Connections closed because a response body failed.")
        unauthorised = counter(
            "leadville_web_requests_unauthorised_total", "Requests without a valid access token.")
        droppedFrames = counter(
            "leadville_websocket_dropped_frames_total", "Telemetry frames dropped for slow clients.")
        tooSlow = counter(
            "leadville_websocket_too_slow_total",
            "Clients closed because they were too slow for events that must not be dropped.")
        delayedConnections = registry.counter(
            Self.limits, Self.limitsHelp, ["server": server, "limit": "new_connections"])
        rejectedRequests = registry.counter(Self.limits, Self.limitsHelp, ["server": server, "limit": "requests"])
        delayedMessages = registry.counter(Self.limits, Self.limitsHelp, ["server": server, "limit": "messages"])
    }

    private static let limits = "leadville_web_limits_reached_total"
    private static let limitsHelp =
        "Connections, WebSockets and requests rejected, new connections and messages delayed, by the limit reached."

    func recordResponse(_ status: HTTPStatus) {
        if status == .unauthorized { unauthorised.add() }
        let statusClass = min(status.code / 100, responses.count - 1)
        if let counter = responses[statusClass] { return counter.add() }
        let counter = registry.counter(
            "leadville_web_responses_total", "Responses, by status class.",
            ["server": server, "class": "\(statusClass)xx"])
        responses[statusClass] = counter
        counter.add()
    }

    func recordLimit(_ reject: ConnectionLimits.Reject) {
        registry.counter(Self.limits, Self.limitsHelp, ["server": server, "limit": reject.rawValue]).add()
    }

    func recordReject(reason: String) {
        registry.counter(
            "leadville_web_requests_refused_total", "Requests rejected, by reason.",
            ["server": server, "reason": reason]
        ).add()
    }

    func recordError(_ fault: WebSocketError) {
        registry.counter(
            "leadville_websocket_faults_total", "WebSocket clients closed for a protocol error, by reason.",
            ["server": server, "reason": fault.rawValue]
        ).add()
    }
}
