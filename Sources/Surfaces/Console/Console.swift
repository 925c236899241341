import Clocks
import Configuration
import Metrics
import Reactor
import Web

/// The console, the health and the metrics of the gateway.
@ReactorActor
package struct Console: Surface {
    private let version: String
    private let metrics: MetricsRegistry
    private let started: Moment
    /// The surfaces with members of their own in `/health`.
    private let reporting: [any Surface]
    private let warnings: @ReactorActor () -> [String]

    /// - Parameter warnings: what an operator should know about, for `/health`.
    package init(
        version: String, metrics: MetricsRegistry, started: Moment, reporting: [any Surface] = [],
        warnings: @escaping @ReactorActor () -> [String] = { [] }
    ) {
        self.reporting = reporting
        self.warnings = warnings
        self.version = version
        self.metrics = metrics
        self.started = started
    }

    package func addRoutes(to routes: Router) {
        ConsolePages.addRoutes(to: routes)
        routes.get("/health", ConsoleDocumentation.health) { _ in .response(health) }
        let exposition = RecentResponse(at: SystemClock.monotonic()) { [metrics] in
            .bytes(metrics.exposition(), .prometheus)
        }
        routes.get("/metrics", ConsoleDocumentation.metrics) { _ in
            .response(exposition.response(at: SystemClock.monotonic()))
        }
    }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        let host = configuration.http.listener.localAddress
        return [
            ServedAddress(purpose: "console", address: "http://\(host)/"),
            ServedAddress(purpose: "metrics", address: "http://\(host)/metrics"),
        ]
    }

    private var health: HTTPResponse {
        let now = Moment.now()
        return .object { writer in
            writer.member("status", "healthy")
            writer.member("version", version)
            writer.member("started", started.wall)
            writer.member("uptime_seconds", (now.monotonic - started.monotonic).inSeconds, decimals: 3)
            for surface in reporting { surface.writeHealth(to: &writer) }
            let warnings = warnings()
            if !warnings.isEmpty { writer.array("warnings", warnings) { $1.string($0) } }
        }
    }
}
