import Bluetooth
import Clocks
import Configuration
import Drivers
import Hub
import Logging
import Metrics
import Network
import Reactor
import ShootingRange
import Store
import Surfaces
import Web

/// The house, assembled: the only place that knows everybody.
@ReactorActor
package final class Gateway {
    private var configuration: Configuration
    private let metrics = MetricsRegistry()
    private let hub: Hub
    private let devices: DeviceRegistry
    private let heartRates: HeartRateService
    private let mats: MatRegistry
    private let serial: SerialPortManager?
    private let range: RangeService
    private let bluetooth: BluetoothManager?
    private let broadcast: HeartBroadcast
    private let servers: [WebServer]
    private let journal: EventJournal?
    private let routes = Router()
    private let demo: Demo?

    /// Assembles the house. Nothing comes in or goes out before `start`. `withDemo` adds virtual devices.
    /// - Parameter radio: where Bluetooth comes from; nil for the kernel's.
    package init(_ configuration: Configuration, withDemo: Bool = false, radio: (any Radio)? = nil) async throws {
        let started = Moment.now()
        self.configuration = configuration
        journal = try Self.journal(configuration, metrics)
        // A disk that takes longer than this is not waited for: ids then go on above all that it may hold.
        hub = Hub(latestID: await journal?.start(within: .seconds(2)) ?? 0)
        journal?.subscribe(to: hub)
        ProcessMetrics.register(in: metrics)
        HubMetrics.register(hub, in: metrics)
        let deflater =
            configuration.web.compression.enabled
            ? Deflater(threshold: configuration.web.compression.minimumBytes) : nil
        let settings = configuration.webSocketSettings
        devices = DeviceRegistry(
            file: Self.devicesFile(configuration), policy: configuration.devicePolicy, hub: hub, metrics: metrics)
        heartRates = HeartRateService(
            hub: hub, smoothing: try configuration.heartSmoothing(), limits: configuration.heartLimits,
            metrics: metrics)
        mats = MatRegistry(
            tareFrames: configuration.serial.tareFrames, devices: devices, hub: hub, metrics: metrics)
        serial =
            configuration.serial.enabled
            ? SerialPortManager(
                withDemo ? Demo.allowingVirtualPorts(in: configuration.serial) : configuration.serial,
                ratesPath: Self.ratesPath(configuration), devices: devices, mats: mats, hub: hub, hearts: heartRates,
                metrics: metrics) : nil
        range = try await .open(configuration, hub: hub, registry: devices, journal: journal, metrics: metrics)
        let demoRange = withDemo && configuration.bluetooth.enabled ? DemoRange() : nil
        bluetooth =
            configuration.bluetooth.enabled
            ? BluetoothManager(
                configuration.bluetooth, radio: radio ?? demoRange?.radio ?? KernelRadio(), registry: devices, hub: hub,
                hearts: heartRates, mats: mats, rangeSink: range, metrics: metrics) : nil
        broadcast = HeartBroadcast(
            hub: hub, provider: heartRates, settings: settings, deflater: deflater, metrics: metrics)
        let live = LiveSocket(
            hub: hub, version: Version.gateway, settings: settings, deflater: deflater, metrics: metrics)

        routes.token = AccessToken(configuration.http.token)
        Console(version: Version.gateway, metrics: metrics, started: started).add(to: routes)
        DeviceAPI(devices).add(to: routes)
        if let serial { SerialPortAPI(serial).add(to: routes) }
        MatAPI(mats).add(to: routes)
        if let bluetooth { SensorSettingsAPI(bluetooth).add(to: routes) }
        RangeAPI(range, timers: TimerCommander(bluetooth)).add(to: routes)
        routes.webSocket("/ws/live", live)
        let web = configuration.webSettings
        servers = [
            WebServer("http", settings: web, router: routes, metrics: metrics),
            // Like the originals, these two care for no path.
            WebServer("live", settings: web, router: Router { _ in .webSocket(live) }, metrics: metrics),
            WebServer(
                "heart", settings: web, router: Router { [broadcast] _ in .webSocket(broadcast) }, metrics: metrics),
        ]
        let targets = demoRange.map { [range, devices, hub] in
            DemoTargets($0.sensors, on: range, registry: devices, hub: hub)
        }
        demo = withDemo ? try Demo(configuration, serial: serial, range: demoRange, targets: targets) : nil
        let boards = HeartBoardTracker(devices)
        heartRates.onUserAppeared = { boards.userAppeared($0, by: $1, at: $2) }
        heartRates.onUserSilent = { boards.userWentSilent($0, at: $1) }
    }

    /// Opens the ports. Throws, with what to do about it, when one cannot be had.
    package func start() throws {
        let (http, live, heart) = (configuration.http, configuration.live, configuration.heart)
        try servers[0].listen(at: configuration.endpoint(http.host, http.port), purpose: "web (http.port)")
        if live.port != 0 {
            try servers[1].listen(at: configuration.endpoint(live.host, live.port), purpose: "live socket (live.port)")
        }
        if heart.enabled {
            try servers[2].listen(
                at: configuration.endpoint(heart.websocketHost, heart.websocketPort),
                purpose: "heart broadcast (heart.websocket_port)")
            try heartRates.listen(at: configuration.endpoint(heart.udpHost, heart.udpPort))
        }
        serial?.start()
        bluetooth?.start()
        demo?.start()
    }

    /// What is being served, for people.
    package var addresses: [ServedAddress] { ServedAddress.list(for: configuration) }

    /// Takes over what can change while the gateway runs; returns what has to wait for a restart.
    package func reload(_ new: Configuration) throws -> ConfigurationChanges {
        let changes = Schema.gateway.changes(from: configuration, to: new)
        let adopted = Schema.gateway.adoptingLiveChanges(of: new, in: configuration)
        heartRates.apply(smoothing: try adopted.heartSmoothing(), limits: adopted.heartLimits)
        devices.apply(adopted.devicePolicy)
        range.settings = adopted.rangeSettings
        journal?.apply(adopted.store)
        Log.set(level: adopted.logLevel)
        routes.token = AccessToken(adopted.http.token)
        configuration = adopted
        return changes
    }

    /// Ends in the reverse order of the start: first nothing comes in any more, then everybody is told and served what
    /// is still waiting for them, and what has happened is written down.
    package func shutDown() async {
        let limit = configuration.shutdownTimeout
        bluetooth?.close()
        demo?.stop()
        serial?.close()
        heartRates.close()
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.shutDown(within: limit) } }
        }
        await devices.close()
        await range.close(within: limit)
        await journal?.close(within: limit, latestID: hub.latestID)
    }

    /// Without a place to keep them the devices are met anew after each start.
    private static func devicesFile(_ configuration: Configuration) -> DevicesFile? {
        do {
            return try DevicesFile(directory: StateDirectory.open(configuration.stateDirectory))
        } catch {
            Log.error("Devices will not be remembered: \(error)")
            return nil
        }
    }

    private static func ratesPath(_ configuration: Configuration) -> String? {
        (try? StateDirectory.open(configuration.stateDirectory)).map { $0 + "/serial-rates" }
    }

    private static func journal(_ configuration: Configuration, _ metrics: MetricsRegistry) throws -> EventJournal? {
        guard configuration.store.enabled else { return nil }
        let file = configuration.store.file
        let path = file.isEmpty ? try StateDirectory.open(configuration.stateDirectory) + "/gateway.db" : file
        return EventJournal(path: path, configuration.store, metrics: metrics)
    }
}
