import Clocks
import Configuration
import Metrics
import Reactor
import Web

/// The gateway's own pages, its health and its metrics.
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
        routes.asset("/", StaticAsset(PackageResources.index_html, .html))
        routes.asset("/console.js", StaticAsset(PackageResources.console_js, .javaScript))
        routes.asset("/devices.js", StaticAsset(PackageResources.devices_js, .javaScript))
        routes.asset("/icon.svg", StaticAsset(PackageResources.icon_svg, .svg))
        routes.asset("/style.css", StaticAsset(PackageResources.style_css, .css))
        routes.asset("/client.js", StaticAsset(PackageResources.client_js, .javaScript))
        routes.get("/health", ConsoleDocumentation.health) { _ in .response(health) }
        let exposition = RecentResponse(at: SystemClock.monotonic()) { [metrics] in
            .bytes(Array(metrics.exposition().utf8), .prometheus)
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
