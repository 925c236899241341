import Events
import Hub
import Metrics
import Reactor

enum HubMetrics {
    @ReactorActor
    static func register(_ hub: Hub, in registry: MetricsRegistry) {
        for kind in EventKind.allCases {
            registry.counter("leadville_events_total", "Events published, by kind.", ["kind": kind.name]) {
                hub.publishedCount(kind)
            }
        }
    }
}
