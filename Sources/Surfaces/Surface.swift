import Configuration
import Events
import JSON
import Metrics
import Reactor
import Web

/// What the gateway serves to one family of clients. A new surface is one conforming type and one line in the
/// gateway's list of surfaces.
@ReactorActor
package protocol Surface {
    /// The kinds of event that it passes on; the hub delivers no others.
    var events: Set<EventKind> { get }
    func handle(_ event: Event)
    /// Adds its routes, WebSockets and pages to the main port.
    func addRoutes(to routes: Router)
    /// The ports of its own, besides the main port; each is also an entry of `Configuration.listeners`.
    func listeners(in configuration: Configuration) -> [SurfaceListener]
    /// What it serves, for the message at the start.
    func addresses(in configuration: Configuration) -> [ServedAddress]
    /// Adds members to the answer of `/health`.
    func writeHealth(to writer: inout JSONWriter)
}

extension Surface {
    package var events: Set<EventKind> { [] }
    package func handle(_: Event) {}
    package func addRoutes(to _: Router) {}
    package func listeners(in _: Configuration) -> [SurfaceListener] { [] }
    package func addresses(in _: Configuration) -> [ServedAddress] { [] }
    package func writeHealth(to _: inout JSONWriter) {}
}

/// A port of a surface's own, and what answers there.
@ReactorActor
package struct SurfaceListener {
    package let configuration: Configuration.Listener
    /// Otherwise it is one WebSocket.
    package let hasRoutes: Bool
    /// Nil: the same as on the main port.
    package let maximumBodyBytes: Int?
    let describe: () -> RouteDescription?
    private let makeRouter: @ReactorActor (AccessControl) -> Router

    /// A port on which one WebSocket service answers every path.
    package init(
        _ configuration: Configuration.Listener, _ description: @autoclosure @escaping () -> RouteDescription,
        _ service: any WebSocketService
    ) {
        self.configuration = configuration
        hasRoutes = false
        maximumBodyBytes = nil
        describe = description
        makeRouter = { Router(accessControl: $0) { _ in .webSocket(service) } }
    }

    /// A port with routes.
    package init(
        _ configuration: Configuration.Listener, maximumBodyBytes: Int? = nil,
        addRoutes: @escaping @ReactorActor (Router) -> Void
    ) {
        self.configuration = configuration
        hasRoutes = true
        self.maximumBodyBytes = maximumBodyBytes
        describe = { nil }
        makeRouter = { accessControl in
            let router = Router(accessControl: accessControl)
            addRoutes(router)
            return router
        }
    }

    package func router(_ accessControl: AccessControl) -> Router { makeRouter(accessControl) }
}

/// One thing that the gateway serves, and its address.
package struct ServedAddress: Equatable, Sendable {
    package let purpose: String
    package let address: String

    package init(purpose: String, address: String) {
        self.purpose = purpose
        self.address = address
    }
}

/// The metrics that all WebSocket surfaces have.
@ReactorActor
struct SocketMetrics {
    static let clients = "leadville_clients"

    let latency: Histogram
    private let surface: String
    private let registry: MetricsRegistry
    private let rejects: [String: Counter]

    init(surface: String, rejectReasons: [String], registry: MetricsRegistry) {
        self.surface = surface
        self.registry = registry
        latency = registry.histogram(
            "leadville_event_delivery_seconds",
            "Time from the arrival of an event's bytes until it was written to the last client's socket.",
            ["surface": surface])
        rejects = Dictionary(
            uniqueKeysWithValues: rejectReasons.map { reason in
                let labels: MetricsRegistry.Labels = ["surface": surface, "reason": reason]
                let counter = registry.counter(
                    "leadville_commands_refused_total", "Commands rejected, by reason.", labels)
                return (reason, counter)
            })
    }

    func addClientGauge(_ read: @escaping @ReactorActor () -> Int) {
        registry.gauge(Self.clients, "Connected clients, by surface.", ["surface": surface]) { Double(read()) }
    }

    func countReject(_ reason: String, _ count: Int = 1) {
        rejects[reason]?.add(count)
    }
}
