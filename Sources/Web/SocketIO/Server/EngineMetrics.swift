import Metrics
import Reactor

/// The metrics of an Engine.IO server and of the protocol above it.
@ReactorActor
final class EngineMetrics {
    let opened: Counter
    let dropped: Counter
    private let server: String
    private let registry: MetricsRegistry
    private let requestRejects: [EngineRequestError: Counter]
    private let ends: [EngineCloseReason: Counter]

    init(server: String, registry: MetricsRegistry) {
        self.server = server
        self.registry = registry
        opened = registry.counter(
            "leadville_socketio_sessions_total", "Socket.IO sessions opened.", ["server": server])
        dropped = registry.counter(
            "leadville_socketio_dropped_messages_total",
            "Messages dropped for polling Socket.IO clients that were too slow.", ["server": server])
        requestRejects = Dictionary(
            uniqueKeysWithValues: EngineRequestError.allCases.map { reason in
                let counter = registry.counter(
                    "leadville_socketio_request_rejects_total", "Socket.IO requests rejected, by reason.",
                    ["server": server, "reason": reason.rawValue])
                return (reason, counter)
            })
        ends = Dictionary(
            uniqueKeysWithValues: EngineCloseReason.allCases.map { reason in
                let counter = registry.counter(
                    "leadville_socketio_sessions_ended_total", "Socket.IO sessions that ended, by reason.",
                    ["server": server, "reason": reason.rawValue])
                return (reason, counter)
            })
    }

    func addGauges(_ count: @escaping @ReactorActor (EngineSession.Transport) -> Int) {
        for transport in [EngineSession.Transport.polling, .upgrading, .webSocket] {
            registry.gauge(
                "leadville_socketio_sessions", "Open Socket.IO sessions, by transport.",
                ["server": server, "transport": transport.rawValue]
            ) { Double(count(transport)) }
        }
    }

    func countReject(_ error: EngineRequestError) { requestRejects[error]?.add() }

    func countEnd(_ reason: EngineCloseReason) { ends[reason]?.add() }

    /// - Parameter reason: of an Engine.IO or a Socket.IO packet.
    func countReject(_ reason: String) {
        registry.counter(
            "leadville_socketio_packet_rejects_total", "Packets of Socket.IO clients rejected, by reason.",
            ["server": server, "reason": reason]
        ).add()
    }
}
