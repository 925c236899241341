import Metrics
import Reactor

/// What a web server counts.
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
    private let server: String
    private let registry: MetricsRegistry

    init(server: String, registry: MetricsRegistry) {
        self.server = server
        self.registry = registry
        func counter(_ name: String, _ help: String) -> Counter { registry.counter(name, help, ["server": server]) }
        connections = counter("leadville_web_connections_total", "Connections accepted.")
        rejectedConnections = counter(
            "leadville_web_connections_refused_total", "Connections refused for want of room.")
        webSockets = counter("leadville_websocket_clients_total", "Connections that became WebSockets.")
        timeouts = counter("leadville_web_request_timeouts_total", "Requests that took too long to arrive.")
        responseTimeouts = counter(
            "leadville_web_answer_timeouts_total", "Requests whose answer took too long to find.")
        abandoned = counter(
            "leadville_web_answers_abandoned_total", "Requests whose client went before its answer was found.")
        broken = counter(
            "leadville_web_answers_broken_total", "Connections cut since the rest of an answer could not be made.")
        unauthorised = counter(
            "leadville_web_requests_unauthorised_total", "Requests that did not show the access token.")
        droppedFrames = counter(
            "leadville_websocket_dropped_frames_total", "Telemetry frames dropped for clients that did not keep up.")
        tooSlow = counter(
            "leadville_websocket_too_slow_total",
            "Clients closed since they were too slow for what must not be dropped.")
    }

    func recordResponse(_ status: HTTPStatus) {
        if status == .unauthorized { unauthorised.add() }
        registry.counter(
            "leadville_web_responses_total", "Responses by class of status.",
            ["server": server, "class": "\(status.code / 100)xx"]
        ).add()
    }

    func recordReject(reason: String) {
        registry.counter(
            "leadville_web_requests_refused_total", "Requests that were not understood, by reason.",
            ["server": server, "reason": reason]
        ).add()
    }

    func recordError(_ fault: WebSocketError) {
        registry.counter(
            "leadville_websocket_faults_total", "WebSocket clients closed for a breach of the protocol, by reason.",
            ["server": server, "reason": fault.rawValue]
        ).add()
    }
}
