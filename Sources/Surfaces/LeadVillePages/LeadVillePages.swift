import Clocks
import Configuration
import Drivers
import Events
import JSON
import Metrics
import Reactor
import ShootingRange
import Store
import Web

/// What the pages of LeadVille ask their own backend: devices, stages, assignments, the shot log, the timer dashboard. They
/// are served on two ports, as there, and each port knows all paths.
@ReactorActor
package final class LeadVillePages: Surface {
    package let events: Set<EventKind> = [.timer, .impact, .run]
    private let routes: [PageRoute]
    /// The log, for the console.
    private let log: LogRoutes
    private let timerRoutes: TimerRoutes
    private let live: any WebSocketService
    private let rangeAPI: RangeAPI

    /// What the pages show and change.
    package struct Context {
        package let stages: StageService
        package let registry: DeviceRegistry
        package let range: any RangeProvider
        package let store: DataStore
        /// Nil if Bluetooth is disabled.
        package let bluetooth: BluetoothManager?
        package let host: @ReactorActor () -> HostStatus
        package let version: String

        package init(
            stages: StageService, registry: DeviceRegistry, range: any RangeProvider, store: DataStore,
            bluetooth: BluetoothManager?, version: String, host: @escaping @ReactorActor () -> HostStatus
        ) {
            self.stages = stages
            self.registry = registry
            self.range = range
            self.store = store
            self.bluetooth = bluetooth
            self.host = host
            self.version = version
        }
    }

    /// - Parameters:
    ///   - live: the live socket in the vocabulary of these ports.
    ///   - rangeAPI: serves LeadVille's paths of timers.
    package init(
        _ context: Context, live: any WebSocketService, rangeAPI: RangeAPI, settings: WebSocketSettings,
        deflater: Deflater?,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.live = live
        self.rangeAPI = rangeAPI
        let devices = PageDevices(registry: context.registry, stages: context.stages)
        let discovery = DeviceDiscovery(context.bluetooth, registry: context.registry, timers: timers)
        let timerRoutes = TimerRoutes(
            devices, store: context.store, range: context.range, settings: settings, deflater: deflater,
            timers: timers)
        self.timerRoutes = timerRoutes
        log = LogRoutes(settings: settings, deflater: deflater, timers: timers, isExact: true)
        let discoverySocket = PageRoute.socket(
            "/ws/admin/devices/discover", PageDeviceDocumentation.discoverySocket
        ) { request throws(PageError) in
            let seconds = try request.queryNumber("duration", default: 10, in: 0...DeviceDiscovery.maximumSeconds)
            return DiscoverySocket(discovery, seconds: seconds, settings: settings, deflater: deflater)
        }
        // One sum of all lists takes the compiler of Swift 6.0 too long.
        var routes: [PageRoute] = [
            PageRoute(.get, "/api/health", PageDocumentation.health) { _ throws(PageError) in
                Self.health(context.version)
            },
            PageRoute(.post, "/api/admin/services/restart", PageDocumentation.restart) { _ throws(PageError) in
                throw PageError(.notImplemented, "A page cannot restart the gateway: use systemctl on its machine")
            },
        ]
        routes += LogRoutes(settings: settings, deflater: deflater, timers: timers).routes
        routes += DeviceRoutes(devices: devices, discovery: discovery).routes
        routes.append(discoverySocket)
        routes += BridgeRoutes(devices: devices).routes
        routes += StageRoutes(devices: devices).routes
        routes += PoolRoutes(devices: devices).routes
        routes += timerRoutes.routes
        routes +=
            KioskRoutes(
                host: context.host, stages: context.stages, bluetooth: context.bluetooth, version: context.version
            ).routes
        routes += RangeOfficerRoutes(devices: devices, range: context.range).routes
        self.routes = routes
    }

    /// Reads the latest shots of earlier runs of the gateway.
    package func load() async { await timerRoutes.loadShots() }

    /// Reads the latest runs, in the background.
    package func start() {
        Task { @ReactorActor in await timerRoutes.loadRuns() }
    }

    package func runDeleted(_ id: String) { timerRoutes.runDeleted(id) }

    package func handle(_ event: Event) { timerRoutes.handle(event) }

    package func addRoutes(to main: Router) {
        for route in log.routes { route.add(to: main) }
    }

    package func listeners(in configuration: Configuration) -> [SurfaceListener] {
        [configuration.leadVille.listener, configuration.leadVille.timerListener].map { listener in
            SurfaceListener(listener) { [routes, live, rangeAPI] router in
                router.errorFormat = HTTPResponse.pageRejection
                for route in routes { route.add(to: router) }
                router.webSocket("/ws/live", LiveDocumentation.socket(.streamer), live)
                rangeAPI.addLeadVilleTimers(to: router)
            }
        }
    }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        [configuration.leadVille.listener, configuration.leadVille.timerListener].filter(\.isEnabled).map { listener in
            ServedAddress(purpose: listener.purpose, address: "http://\(listener.localAddress)/api/health")
        }
    }

    private static func health(_ version: String) -> HTTPResponse {
        .object { writer in
            writer.member("status", "healthy")
            writer.member("timestamp", SystemClock.wall())
            writer.member("project", "LeadVille Gateway")
            writer.member("version", version)
        }
    }
}
