import Bluetooth
import Clocks
import Configuration
import Drivers
import Hub
import Metrics
import Reactor
import ShootingRange
import Signals
import Surfaces

/// The services that receive from devices and phones, and the range.
@ReactorActor
struct DeviceAssembly {
    let registry: DeviceRegistry
    let heartRates: HeartRateService
    let mats: MatRegistry
    let phones: PhoneService
    let range: RangeService
    /// Nil if disabled.
    let serial: SerialPortManager?
    let bluetooth: BluetoothManager?
    let mqtt: MQTTService?
    let mqttPublisher: MQTTPublisher?
    let demo: Demo?

    init(
        _ configuration: Configuration, storage: StorageAssembly, withDemo: Bool, radio: (any Radio)?,
        metrics: MetricsRegistry
    ) async throws {
        let hub = storage.hub
        registry = DeviceRegistry(
            store: DeviceStore(storage.deviceStore), policy: configuration.devicePolicy, hub: hub, metrics: metrics)
        heartRates = HeartRateService(
            hub: hub, smoothing: try configuration.heartSmoothing(), limits: configuration.heartLimits,
            metrics: metrics)
        heartRates.apply(configuration.udpRules)
        let boards = HeartBoardTracker(registry)
        heartRates.onUserAppeared = { boards.userAppeared($0, by: $1, at: $2) }
        heartRates.onUserSilent = { boards.userWentSilent($0, at: $1) }
        mats = MatRegistry(
            tareFrames: configuration.serial.tareFrames, devices: registry, hub: hub, metrics: metrics)
        serial =
            configuration.serial.enabled
            ? SerialPortManager(
                withDemo ? Demo.allowingVirtualPorts(in: configuration.serial) : configuration.serial,
                store: storage.deviceStore, devices: registry, mats: mats, hub: hub, hearts: heartRates,
                metrics: metrics) : nil
        let clock = storage.clock
        range = await .open(
            configuration, hub: hub, registry: registry, store: storage.store, journal: storage.journal,
            isSameBoot: clock.isSameBoot, metrics: metrics)
        range.setDating { clock.dating }
        clock.redate = { [range] in await range.redate(by: $0, boot: $1, from: $2) }
        let demoRange = withDemo && configuration.bluetooth.enabled ? DemoRange() : nil
        bluetooth =
            configuration.bluetooth.enabled
            ? BluetoothManager(
                configuration.bluetooth, radio: radio ?? demoRange?.radio ?? KernelRadio(), registry: registry,
                receivers: BluetoothReceivers(hub: hub, hearts: heartRates, mats: mats, range: range),
                metrics: metrics) : nil
        let recordings = PhoneRecordings(storage.store, hub: hub, recordsSwings: configuration.motion.recordSwings)
        phones = PhoneService(devices: registry, recordings: recordings, hub: hub, metrics: metrics)
        mqtt = try .open(configuration, phones: phones, hub: hub, metrics: metrics)
        mqttPublisher = .open(mqtt, configuration.mqtt, devices: registry)
        let targets = demoRange.map { [range, registry] in
            DemoTargets($0.sensors, on: range, registry: registry, hub: hub)
        }
        demo = withDemo ? try Demo(configuration, serial: serial, range: demoRange, targets: targets) : nil
    }

    func apply(_ configuration: Configuration, smoothing: HeartSmoothing) {
        heartRates.apply(smoothing: smoothing, limits: configuration.heartLimits)
        heartRates.apply(configuration.udpRules)
        registry.apply(configuration.devicePolicy)
        range.settings = configuration.rangeSettings
        phones.recordings.recordsSwings = configuration.motion.recordSwings
    }

    /// Nothing is received any more. The registry is closed later, after the clients.
    func close(within limit: Nanoseconds) async {
        bluetooth?.close()
        demo?.stop()
        serial?.close()
        heartRates.close()
        phones.close()
        mqttPublisher?.close()
        await mqtt?.close(within: limit)
    }
}
