import Clocks
import Configuration
import Drivers
import Metrics
import Reactor
import ShootingRange
import Store
import Surfaces
import Web

/// The surfaces: what clients are served.
@ReactorActor
struct SurfaceAssembly {
    let all: [any Surface]
    let live: LiveSocket
    let leadVillePages: LeadVillePages
    let workouts: WorkoutService
    private let settingsAPI: SettingsAPI
    private let tlsPages: TLSPages

    init(
        _ resolved: ResolvedConfiguration, storage: StorageAssembly, devices: DeviceAssembly, access: AccessAssembly,
        started: Moment, budget: MemoryBudget, metrics: MetricsRegistry
    ) async {
        let configuration = resolved.configuration
        let (store, hub, bluetooth, range) = (storage.store, storage.hub, devices.bluetooth, devices.range)
        let settings = configuration.webSocketSettings
        let deflater =
            configuration.web.compression.enabled
            ? Deflater(threshold: configuration.web.compression.minimumBytes) : nil
        let stateDirectory = StateDirectory.path(configuration.stateDirectory)
        live = LiveSocket(
            hub: hub, devices: devices.registry, history: EventHistory(storage.enabledStore),
            version: Version.gateway, settings: settings, deflater: deflater, metrics: metrics)
        let heartbeat = HeartbeatAPI(
            configuration.heartbeat, settings: settings, deflater: deflater, metrics: metrics)
        let mqttAPI = MQTTAPI(devices.mqtt)
        let rangeAPI = RangeAPI(range, timers: TimerCommander(bluetooth))
        leadVillePages = LeadVillePages(
            LeadVillePages.Context(
                stages: StageService(range, registry: devices.registry, store: store, siteName: HostFacts.name),
                registry: devices.registry, range: range, store: store, bluetooth: bluetooth,
                version: Version.gateway, host: HostFacts.status),
            live: live.endpoint(.streamer), rangeAPI: rangeAPI, settings: settings, deflater: deflater)
        await leadVillePages.load()
        range.onRunDeleted = { [unowned leadVillePages] in leadVillePages.runDeleted($0) }
        workouts = WorkoutService(
            store, isStored: configuration.store.enabled, limits: configuration.workoutLimits, metrics: metrics)
        settingsAPI = SettingsAPI(resolved)
        tlsPages = TLSPages(authorityFile: configuration.tls.authority)
        var all: [any Surface] = [
            Console(
                version: Version.gateway, metrics: metrics, started: started, reporting: [heartbeat, mqttAPI],
                warnings: { store.warnings }),
            live,
            OverviewAPI(
                version: Version.gateway, started: started, metrics: metrics, store: store,
                storeIsEnabled: configuration.store.enabled, bluetooth: bluetooth, mqtt: devices.mqtt,
                clock: storage.clock),
            HeartBroadcast(
                heartRates: devices.heartRates, settings: settings, deflater: deflater, metrics: metrics),
            HeartAPI(devices.heartRates), heartbeat,
            MotionAPI(devices.phones, settings: settings, deflater: deflater, metrics: metrics), mqttAPI,
            leadVillePages, rangeAPI, DeviceAPI(devices.registry),
            DeviceSearchAPI(bluetooth, registry: devices.registry), MatAPI(devices.mats), settingsAPI, tlsPages,
            EventCapture(storage.enabledStore), AccessAPI(access.tokens, access.control), ClockAPI(storage.clock),
            AccessPointAPI(AccessPointFile(directory: stateDirectory)),
            AuditAPI(AuditTrail(access.control, hub: hub, store: storage.enabledStore, metrics: metrics)),
            PressureAPI(
                configuration.pressure, workouts: workouts, mats: devices.mats, metrics: metrics, budget: budget),
        ]
        if let serial = devices.serial { all.append(SerialPortAPI(serial)) }
        if let bluetooth { all.append(SensorSettingsAPI(bluetooth)) }
        if let publisher = devices.mqttPublisher { all.append(publisher) }
        self.all = all
    }

    func apply(_ adopted: Configuration, latest: ResolvedConfiguration) {
        tlsPages.authorityFile = adopted.tls.authority
        settingsAPI.update(running: adopted, latest: latest)
    }
}
