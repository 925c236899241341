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

/// Assembles and runs the gateway's components.
@ReactorActor
package final class Gateway {
    private var configuration: Configuration
    private let metrics = MetricsRegistry()
    private let hub: Hub
    private let devices: DeviceRegistry
    private let heartRates: HeartRateService
    private let mats: MatRegistry
    private let phones: PhoneService
    private let mqtt: MQTTService?
    private let mqttPublisher: MQTTPublisher?
    private let serial: SerialPortManager?
    private let range: RangeService
    private let bluetooth: BluetoothManager?
    private let surfaces: [any Surface]
    private let leadVillePages: LeadVillePages
    private let workouts: WorkoutService
    private let live: LiveSocket
    private let settingsAPI: SettingsAPI
    let servers: [(listener: Configuration.Listener, server: WebServer)]
    private let clock: ClockService
    private let store: DataStore
    /// The same, unless the store is disabled.
    private let deviceStore: DataStore
    private let journal: EventJournal?
    private let accessControl: AccessControl
    private let tokens: TokenService
    private let tls: TLSService
    private let tlsPages: TLSPages
    private let demo: Demo?
    private let memory = MemoryReleaser()

    /// Assembles the gateway. No I/O with clients or devices happens before `start`.
    /// - Parameter withDemo: adds virtual devices.
    /// - Parameter radio: the Bluetooth radio; nil for the kernel's.
    package init(_ resolved: ResolvedConfiguration, withDemo: Bool = false, radio: (any Radio)? = nil) async throws {
        let started = Moment.now()
        let configuration = resolved.configuration
        self.configuration = configuration
        store = try configuration.openStore()
        deviceStore = configuration.store.enabled ? store : configuration.openDeviceStore() ?? store
        store.register(in: metrics)
        // When the disk takes longer than this, the gateway continues with ids above all that the store may hold.
        hub = Hub(latestID: UInt64(max(0, await store.start(within: .seconds(2)).resumeSequence)))
        // Before anything is dated.
        clock = ClockService(store: store, hub: hub)
        journal = configuration.store.enabled ? EventJournal(store, configuration.store, hub: hub) : nil
        _ = await deviceStore.start(within: .seconds(2))
        ProcessMetrics.register(in: metrics)
        HubMetrics.register(hub, in: metrics)
        let deflater =
            configuration.web.compression.enabled
            ? Deflater(threshold: configuration.web.compression.minimumBytes) : nil
        let settings = configuration.webSocketSettings
        devices = DeviceRegistry(
            store: DeviceStore(deviceStore), policy: configuration.devicePolicy, hub: hub, metrics: metrics)
        heartRates = HeartRateService(
            hub: hub, smoothing: try configuration.heartSmoothing(), limits: configuration.heartLimits,
            metrics: metrics)
        heartRates.apply(configuration.udpRules)
        mats = MatRegistry(
            tareFrames: configuration.serial.tareFrames, devices: devices, hub: hub, metrics: metrics)
        serial =
            configuration.serial.enabled
            ? SerialPortManager(
                withDemo ? Demo.allowingVirtualPorts(in: configuration.serial) : configuration.serial,
                store: deviceStore, devices: devices, mats: mats, hub: hub, hearts: heartRates,
                metrics: metrics) : nil
        range = await .open(
            configuration, hub: hub, registry: devices, store: store, journal: journal,
            isSameBoot: clock.isSameBoot, metrics: metrics)
        range.setDating { [clock] in clock.dating }
        clock.redate = { [range] in await range.redate(by: $0, boot: $1, from: $2) }
        let demoRange = withDemo && configuration.bluetooth.enabled ? DemoRange() : nil
        bluetooth =
            configuration.bluetooth.enabled
            ? BluetoothManager(
                configuration.bluetooth, radio: radio ?? demoRange?.radio ?? KernelRadio(), registry: devices, hub: hub,
                hearts: heartRates, mats: mats, rangeSink: range, metrics: metrics) : nil
        let broadcast = HeartBroadcast(
            heartRates: heartRates, settings: settings, deflater: deflater, metrics: metrics)
        live = LiveSocket(
            hub: hub, devices: devices, history: EventHistory(configuration.store.enabled ? store : nil),
            version: Version.gateway, settings: settings, deflater: deflater,
            metrics: metrics)
        let heartbeat = HeartbeatAPI(
            configuration.heartbeat, settings: settings, deflater: deflater, metrics: metrics)
        let recordings = PhoneRecordings(store, hub: hub, recordsSwings: configuration.motion.recordSwings)
        phones = PhoneService(devices: devices, recordings: recordings, hub: hub, metrics: metrics)
        mqtt = try .open(configuration, phones: phones, hub: hub, metrics: metrics)
        let mqttAPI = MQTTAPI(mqtt)
        mqttPublisher = .open(mqtt, configuration.mqtt, devices: devices)
        let motion = MotionAPI(phones, settings: settings, deflater: deflater, metrics: metrics)
        tlsPages = TLSPages(authorityFile: configuration.tls.authority)
        let rangeAPI = RangeAPI(range, timers: TimerCommander(bluetooth))
        leadVillePages = LeadVillePages(
            LeadVillePages.Context(
                stages: StageService(range, registry: devices, store: store, siteName: HostFacts.name),
                registry: devices, range: range, store: store, bluetooth: bluetooth, version: Version.gateway,
                host: HostFacts.status),
            live: live.endpoint(.streamer), rangeAPI: rangeAPI, settings: settings, deflater: deflater)
        await leadVillePages.load()
        range.onRunDeleted = { [unowned leadVillePages] in leadVillePages.runDeleted($0) }
        let budget = MemoryBudget(limit: configuration.web.maximumMemoryBytes, metrics: metrics)
        workouts = WorkoutService(
            store, isStored: configuration.store.enabled, limits: configuration.workoutLimits, metrics: metrics)
        accessControl = AccessControl(origins: configuration.originPolicy)
        accessControl.apply(configuration.accessSettings)
        accessControl.register(in: metrics)
        tokens = try TokenService(
            TokenFile(directory: StateDirectory.path(configuration.stateDirectory)), accessControl)
        settingsAPI = SettingsAPI(resolved)
        surfaces =
            [
                Console(
                    version: Version.gateway, metrics: metrics, started: started, reporting: [heartbeat, mqttAPI],
                    warnings: { [store] in store.warnings }), live,
                OverviewAPI(
                    version: Version.gateway, started: started, metrics: metrics, store: store,
                    storeIsEnabled: configuration.store.enabled, bluetooth: bluetooth, mqtt: mqtt,
                    clock: clock),
                broadcast, HeartAPI(heartRates), heartbeat, motion, mqttAPI,
                leadVillePages, rangeAPI, DeviceAPI(devices), DeviceSearchAPI(bluetooth, registry: devices),
                MatAPI(mats), settingsAPI, tlsPages,
                EventCapture(configuration.store.enabled ? store : nil),
                AccessAPI(tokens, accessControl), ClockAPI(clock),
                AccessPointAPI(AccessPointFile(directory: StateDirectory.path(configuration.stateDirectory))),
                AuditAPI(
                    AuditTrail(
                        accessControl, hub: hub, store: configuration.store.enabled ? store : nil, metrics: metrics)),
                PressureAPI(
                    configuration.pressure, workouts: workouts, mats: mats, metrics: metrics, budget: budget),
            ] + (serial.map { [SerialPortAPI($0)] } ?? []) + (bluetooth.map { [SensorSettingsAPI($0)] } ?? [])
            + (mqttPublisher.map { [$0] } ?? [])
        tls = TLSService(metrics: metrics)
        tls.use(try configuration.tlsContext())
        servers = Self.servers(configuration, surfaces, hub, accessControl, tls, metrics, budget)
        let targets = demoRange.map { [range, devices, hub] in
            DemoTargets($0.sensors, on: range, registry: devices, hub: hub)
        }
        demo = withDemo ? try Demo(configuration, serial: serial, range: demoRange, targets: targets) : nil
        let boards = HeartBoardTracker(devices)
        heartRates.onUserAppeared = { boards.userAppeared($0, by: $1, at: $2) }
        heartRates.onUserSilent = { boards.userWentSilent($0, at: $1) }
    }

    /// One server for the main port and one for each port of a surface's own.
    private static func servers(
        _ configuration: Configuration, _ surfaces: [any Surface], _ hub: Hub, _ accessControl: AccessControl,
        _ tls: TLSService, _ metrics: MetricsRegistry, _ budget: MemoryBudget
    ) -> [(listener: Configuration.Listener, server: WebServer)] {
        let settings = configuration.webSettings
        let rates = ClientRates(configuration.clientRates)
        let routes = Router(accessControl: accessControl)
        let documents = APIDocuments(version: Version.gateway, pages: configuration.http.apiPages)
        var servers = [
            (
                configuration.http.listener,
                WebServer(
                    "http", settings: settings, router: routes, metrics: metrics, budget: budget, rates: rates,
                    tls: tls)
            )
        ]
        for surface in surfaces {
            if !surface.events.isEmpty { _ = hub.subscribe(to: surface.events) { surface.handle($0) } }
            surface.addRoutes(to: routes)
            for own in surface.listeners(in: configuration) {
                let router = own.router(accessControl)
                if own.hasRoutes {
                    documents.addRoutes(to: router, of: own.configuration)
                } else {
                    documents.addSocket(own)
                }
                var settings = settings
                if let bytes = own.maximumBodyBytes { settings.http.bodyBytes = max(settings.http.bodyBytes, bytes) }
                let server = WebServer(
                    own.configuration.name, settings: settings, router: router, metrics: metrics, budget: budget,
                    rates: rates, tls: tls)
                servers.append((own.configuration, server))
            }
        }
        documents.addRoutes(to: routes, of: configuration.http.listener)
        documents.addMessages(to: routes, configuration)
        return servers
    }

    /// Opens the ports. Throws an error that says how to fix it when a port is unavailable.
    package func start() throws {
        for (listener, server) in servers where listener.isEnabled {
            try server.listen(at: listener.endpoint, purpose: "\(listener.purpose) (\(listener.portKey))")
        }
        let boards = configuration.heart.udpListener
        if boards.isEnabled { try heartRates.listen(at: boards.endpoint) }
        serial?.start()
        bluetooth?.start()
        mqtt?.start()
        leadVillePages.start()
        tokens.start()
        clock.start()
        demo?.start()
        memory.start()
    }

    /// What the gateway serves, for the start message.
    package var addresses: [ServedAddress] { surfaces.flatMap { $0.addresses(in: configuration) } }

    /// Applies the live settings of a new configuration; returns all changes.
    package func reload(_ resolved: ResolvedConfiguration) throws -> ConfigurationChanges {
        let new = resolved.configuration
        let changes = Schema.gateway.changes(from: configuration, to: new)
        let adopted = Schema.gateway.adoptingLiveChanges(of: new, in: configuration)
        // The files may be new even if their names are not.
        tls.use(try adopted.tlsContext())
        tlsPages.authorityFile = adopted.tls.authority
        heartRates.apply(smoothing: try adopted.heartSmoothing(), limits: adopted.heartLimits)
        heartRates.apply(adopted.udpRules)
        devices.apply(adopted.devicePolicy)
        range.settings = adopted.rangeSettings
        phones.recordings.recordsSwings = adopted.motion.recordSwings
        journal?.apply(adopted)
        Log.set(level: adopted.logLevel)
        accessControl.apply(adopted.accessSettings)
        tokens.reload()
        configuration = adopted
        settingsAPI.update(running: adopted, latest: resolved)
        return changes
    }

    /// Stops in the reverse order of the start: inputs first, then clients receive what is queued for them, then the
    /// stores are flushed.
    package func shutDown() async {
        let limit = configuration.shutdownTimeout
        bluetooth?.close()
        demo?.stop()
        serial?.close()
        heartRates.close()
        phones.close()
        mqttPublisher?.close()
        await mqtt?.close(within: limit)
        live.close()
        await withTaskGroup(of: Void.self) { group in
            for (_, server) in servers { group.addTask { await server.shutDown(within: limit) } }
        }
        tokens.close()
        clock.close()
        devices.close()
        await workouts.close(within: limit)
        if !configuration.store.enabled { _ = await deviceStore.close(within: limit) }
        _ = await store.close(within: limit, lastSequence: Int64(clamping: hub.latestID))
    }
}
