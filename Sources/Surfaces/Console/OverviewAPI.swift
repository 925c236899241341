import Clocks
import Drivers
import JSON
import Metrics
import Reactor
import Store
import Web

/// The state of the gateway at a glance: `/api/overview`.
@ReactorActor
package struct OverviewAPI: Surface {
    private let version: String
    private let started: Moment
    private let metrics: MetricsRegistry
    private let store: DataStore
    private let storeIsEnabled: Bool
    /// Nil if Bluetooth is disabled.
    private let bluetooth: BluetoothManager?
    /// Nil without a broker.
    private let mqtt: MQTTService?
    private let clock: ClockService

    package init(
        version: String, started: Moment, metrics: MetricsRegistry, store: DataStore, storeIsEnabled: Bool,
        bluetooth: BluetoothManager?, mqtt: MQTTService?, clock: ClockService
    ) {
        self.version = version
        self.started = started
        self.metrics = metrics
        self.store = store
        self.storeIsEnabled = storeIsEnabled
        self.bluetooth = bluetooth
        self.mqtt = mqtt
        self.clock = clock
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/overview", ConsoleDocumentation.overview) { _ in .response(.object { write(to: &$0) }) }
    }

    private func write(to writer: inout JSONWriter) {
        let now = Moment.now()
        writer.member("version", version)
        writer.member("time", now.wall)
        writer.member("started", started.wall)
        writer.member("uptime_seconds", (now.monotonic - started.monotonic).inSeconds, decimals: 3)
        writer.key("clients")
        writer.beginObject()
        for (surface, clients) in metrics.gauges(SocketMetrics.clients, by: "surface") {
            writer.key(surface)
            writer.integer(Int64(clients))
        }
        writer.endObject()
        writeStore(to: &writer)
        writer.key("clock")
        writer.beginObject()
        let error = ClockTrust.largestError
        writer.member("synchronised", error != nil)
        writer.key("error_seconds")
        if let error { writer.number(error.inSeconds, decimals: 6) } else { writer.null() }
        writer.member("source", clock.source.rawValue)
        writer.member("may_be_set", clock.source.isProvisional)
        writer.endObject()
        writer.key("bluetooth")
        writer.beginObject()
        writer.member("enabled", bluetooth != nil)
        writer.key("adapter")
        if let adapter = bluetooth?.readyAdapter {
            writer.beginObject()
            writer.member("name", adapter.name)
            writer.member("address", adapter.address)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
        writer.key("mqtt")
        writer.beginObject()
        MQTTAPI.write(mqtt, to: &writer)
        writer.endObject()
        writer.array("warnings", store.warnings + MQTTAPI.warnings(of: mqtt)) { $1.string($0) }
    }

    private func writeStore(to writer: inout JSONWriter) {
        let status = store.status
        writer.key("store")
        writer.beginObject()
        writer.member("enabled", storeIsEnabled)
        writer.member("healthy", status.health.isHealthy)
        writer.member("file_bytes", status.usage?.fileBytes ?? 0)
        writer.member("waiting", status.waiting)
        writer.member("dropped", status.dropped.total)
        writer.endObject()
    }
}
