import Configuration
import Hub
import Metrics
import Reactor
import Surfaces
import Web

/// The servers of the ports, which share one access control, one certificate and the limits of clients.
@ReactorActor
struct ServerAssembly {
    private let configuration: Configuration
    private let access: AccessAssembly
    private let budget: MemoryBudget
    private let metrics: MetricsRegistry
    private let rates: ClientRates
    private let settings: WebSettings

    init(_ configuration: Configuration, access: AccessAssembly, budget: MemoryBudget, metrics: MetricsRegistry) {
        self.configuration = configuration
        self.access = access
        self.budget = budget
        self.metrics = metrics
        rates = ClientRates(configuration.clientRates)
        settings = configuration.webSettings
    }

    /// One server for the main port and one for each port of a surface's own.
    func servers(
        for surfaces: [any Surface], events hub: Hub
    ) -> [(listener: Configuration.Listener, server: WebServer)] {
        let routes = Router(accessControl: access.control)
        let documents = APIDocuments(version: Version.gateway, pages: configuration.http.apiPages)
        var servers = [(listener: configuration.http.listener, server: server("http", routes))]
        for surface in surfaces {
            if !surface.events.isEmpty { _ = hub.subscribe(to: surface.events) { surface.handle($0) } }
            surface.addRoutes(to: routes)
            for own in surface.listeners(in: configuration) {
                let router = own.router(access.control)
                if own.hasRoutes {
                    documents.addRoutes(to: router, of: own.configuration)
                } else {
                    documents.addSocket(own)
                }
                let server = server(own.configuration.name, router, bodyBytes: own.maximumBodyBytes)
                servers.append((own.configuration, server))
            }
        }
        documents.addRoutes(to: routes, of: configuration.http.listener)
        documents.addMessages(to: routes, configuration)
        return servers
    }

    /// - Parameter bodyBytes: the largest body, if it may be larger than the configured one.
    private func server(_ name: String, _ router: Router, bodyBytes: Int? = nil) -> WebServer {
        var settings = settings
        if let bodyBytes { settings.http.bodyBytes = max(settings.http.bodyBytes, bodyBytes) }
        return WebServer(
            name, settings: settings, router: router, metrics: metrics, budget: budget, rates: rates, tls: access.tls)
    }
}
