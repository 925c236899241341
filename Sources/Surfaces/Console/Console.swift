import Clocks
import JSON
import Metrics
import Reactor
import Web

/// The gateway's own pages, its health and its metrics.
@ReactorActor
package struct Console {
    private let version: String
    private let metrics: MetricsRegistry
    private let started: Moment

    package init(version: String, metrics: MetricsRegistry, started: Moment) {
        self.version = version
        self.metrics = metrics
        self.started = started
    }

    package func add(to routes: Router) {
        routes.asset("/", StaticAsset(PackageResources.index_html, .html))
        routes.asset("/console.js", StaticAsset(PackageResources.console_js, .javaScript))
        routes.asset("/devices.js", StaticAsset(PackageResources.devices_js, .javaScript))
        routes.asset("/icon.svg", StaticAsset(PackageResources.icon_svg, .svg))
        routes.asset("/style.css", StaticAsset(PackageResources.style_css, .css))
        routes.asset("/client.js", StaticAsset(PackageResources.client_js, .javaScript))
        routes.asset("/hearts", StaticAsset(PackageResources.hearts_html, .html))
        routes.asset("/range", StaticAsset(PackageResources.range_html, .html))
        routes.asset("/range.js", StaticAsset(PackageResources.range_js, .javaScript))
        routes.asset("/hearts.js", StaticAsset(PackageResources.hearts_js, .javaScript))
        routes.asset("/ws/test", StaticAsset(PackageResources.test_html, .html))
        routes.asset("/ws/test.js", StaticAsset(PackageResources.test_js, .javaScript))
        routes.get("/health") { [version, started] _ in .response(.json(Self.health(version, started))) }
        routes.get("/metrics") { [metrics] _ in
            .response(.bytes(Array(metrics.exposition().utf8), .prometheus))
        }
    }

    private static func health(_ version: String, _ started: Moment) -> [UInt8] {
        let now = Moment.now()
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("status", "healthy")
        writer.member("version", version)
        writer.member("started", started.wall)
        writer.member("uptime_seconds", (now.monotonic - started.monotonic).inSeconds, decimals: 3)
        writer.endObject()
        return writer.finish()
    }
}
