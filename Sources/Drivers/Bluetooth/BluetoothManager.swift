import Bluetooth
import Clocks
import Configuration
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor

/// Discovers Bluetooth devices and connects those that the registry has in use. Without an adapter it waits for one.
@ReactorActor
package final class BluetoothManager {
    /// How often a sighting of a device in use is recorded in the registry.
    private static let sightingInterval = Nanoseconds.seconds(10)

    private let registry: DeviceRegistry
    private let receivers: BluetoothReceivers
    private let context: BluetoothContext
    private let adapter: AdapterMonitor
    private let connections: ConnectionManager
    private var discoveredDevices = DiscoveredDevices()

    /// - Parameters:
    ///   - wall: the wall clock at `timers.now`.
    ///   - random: for the jitter of reconnection delays.
    package init(
        _ configuration: Configuration.Bluetooth, radio: any Radio, registry: DeviceRegistry,
        receivers: BluetoothReceivers, metrics: MetricsRegistry, timers: TimerQueue = EventLoop.shared.timers,
        wall: (() -> WallTime)? = nil, random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.registry = registry
        self.receivers = receivers
        context = BluetoothContext(
            registry: registry, metrics: BluetoothMetrics(metrics), timers: timers,
            wall: wall ?? { SystemClock.wall() + (timers.now - SystemClock.monotonic()) })
        adapter = AdapterMonitor(
            AdapterChoice(configuration.adapter), radio: radio, hub: receivers.hub, context: context)
        connections = ConnectionManager(radio: radio, adapter: adapter, context: context, random: random)
        registerMetrics()
        adapter.onOpen = { [weak connections] in connections?.proceed() }
        adapter.onNotification = { [weak self] in self?.handle($0) }
        registry.addObserver { [weak self] id, outcome in self?.registryChanged(id, outcome) }
    }

    package func start() {
        connections.start()
        adapter.open()
    }

    /// Disconnects all devices and releases the adapter.
    package func close() {
        connections.stop()
        adapter.close()
    }

    /// The adapter that is ready for use.
    package var readyAdapter: (name: String, address: String)? {
        adapter.adapter.map { ("hci\($0.number)", $0.info.address.description) }
    }

    var devices: [BluetoothAddress: any ManagedDevice] { connections.devices }

    private func registerMetrics() {
        let metrics = context.metrics
        for family in DeviceDrivers.bluetooth.map(\.family) {
            metrics.gauge("leadville_bluetooth_links", "Connected devices.", ["device": family.rawValue]) {
                [weak self] in self?.devices.values.count { $0.family == family && $0.isReady } ?? 0
            }
        }
        metrics.gauge("leadville_bluetooth_adapter_ready", "Whether an adapter is ready for use.") {
            [weak self] in self?.adapter.adapter == nil ? 0 : 1
        }
        metrics.gauge("leadville_bluetooth_in_the_air", "Discovered devices of any kind.") { [weak self] in
            self?.discoveredDevices.count ?? 0
        }
        metrics.counter("leadville_bluetooth_strays_total", "Values received before discovery.") {
            [weak self] in self?.connections.discardedCounts.strayValues ?? 0
        }
        metrics.counter("leadville_bluetooth_oversized_total", "Packets that were too long.") {
            [weak self] in self?.connections.discardedCounts.oversizedPackets ?? 0
        }
    }
}

// MARK: Discovery

extension BluetoothManager {
    private func handle(_ notification: AdapterNotification) {
        switch notification {
        case .ready: connections.adapterBecameReady()
        case .found(let device): deviceFound(device)
        case .scanStopped: connections.scanStopped()
        case .linkUp(let address): adoptExistingLink(address)
        case .signal(let address, let signal):
            guard let signal, let device = devices[address] else { return }
            registry.updateSignal(device.id, dBm: Int(signal), at: context.moment)
        default: break
        }
    }

    private func deviceFound(_ device: ManagementEvent.FoundDevice) {
        let now = context.timers.now
        context.metrics.sightings.add()
        let before = discoveredDevices[device.address]?.lastSeen
        let sighting = discoveredDevices.record(device.data, from: device.address, signal: device.signal, at: now)
        guard let known = discoveredDevices[device.address],
            case .device(let family, let confidence, let reason) = known.verdict
        else { return }
        if let managed = devices[device.address] { connections.deviceSeen(managed) }
        if sighting == .known, let before, now - before < Self.sightingInterval { return }
        let id = DeviceID(device.address.description)
        // A device that is only possibly supported is connected only if the user has adopted it.
        guard confidence >= .likely || registry.isUsed(id) else { return }
        if sighting != .known { Log.debug("\(id) recognised as \(family.rawValue): \(reason)") }
        let adoption = registry.recordSighting(
            id, family: family, name: known.data.name, transport: .bluetooth, signal: known.signal.map(Int.init),
            at: context.moment)
        if adoption == .use { addDevice(device.address, id, family) }
    }

    /// Takes over a link that the kernel still holds from an earlier process. Such a device does not advertise.
    private func adoptExistingLink(_ address: BluetoothAddress) {
        let id = DeviceID(address.description)
        guard let record = registry[id], record.adoption == .use else { return }
        addDevice(address, id, record.family)
    }

    private func registryChanged(_ id: DeviceID, _ outcome: DeviceDecisionOutcome) {
        if outcome.contains(.released), let device = devices.values.first(where: { $0.id == id }) {
            connections.remove(device)
        }
        guard outcome.contains(.adopted), let record = registry[id], let address = discoveredDevices.address(id.text)
        else { return }
        addDevice(address, id, record.family)
    }

    private func addDevice(_ address: BluetoothAddress, _ id: DeviceID, _ family: DeviceFamily) {
        guard devices[address] == nil, let driver = DeviceDrivers.bluetooth.first(where: { $0.family == family })
        else { return }
        guard devices.count < ConnectionManager.maximumDevices else {
            return Log.warning("\(id) not connected: the limit of \(devices.count) devices is reached")
        }
        let device = driver.makeConnection(
            BluetoothConnectionContext(
                id: id, address: address, context: context, delegate: connections, receivers: receivers))
        device.lastSeen = discoveredDevices[address]?.lastSeen
        connections.add(device)
    }
}

/// Searches on request.
extension BluetoothManager {
    /// Whether an adapter is ready for use.
    package var isReady: Bool { adapter.adapter != nil }

    /// Scans without waiting for the next regular scan.
    /// - Parameter restarting: ends a scan in progress first, so that all devices in range are found again.
    package func scanNow(restarting: Bool) {
        adapter.withSupervisor { supervisor, now, _ in supervisor.scanNow(restarting: restarting, at: now) }
    }

    /// The recognised devices that were found since `time`, strongest signal first.
    package func found(since time: MonotonicTime) -> [FoundDevice] {
        discoveredDevices.seen(since: time).compactMap { device in
            guard case .device(let family, let confidence, _) = device.verdict, confidence >= .likely else {
                return nil
            }
            return FoundDevice(
                id: DeviceID(device.address.description), family: family, name: device.data.name,
                signal: device.signal.map(Int.init))
        }
    }
}

/// A device that a scan has found.
package struct FoundDevice: Hashable, Sendable {
    package let id: DeviceID
    package let family: DeviceFamily
    /// As it advertises itself.
    package let name: String?
    /// In dBm.
    package let signal: Int?

    package init(id: DeviceID, family: DeviceFamily, name: String?, signal: Int?) {
        self.id = id
        self.family = family
        self.name = name
        self.signal = signal
    }
}

// MARK: Commands

extension BluetoothManager {
    /// Sends a command to a timer; nil means the only connected one.
    package func send(_ command: AMGCommand, to timer: DeviceID?) throws(TimerControlError) {
        let timers = devices.values.filter {
            $0.family == .amgCommander && (timer == nil ? $0.isReady : $0.id == timer)
        }
        guard let first = timers.first else { throw .noTimer }
        guard timers.count == 1 else { throw .ambiguous }
        do throws(SessionCommandError) {
            try first.perform(.timer(command))
        } catch {
            throw .rejected(error)
        }
    }

    /// Stores settings in a sensor.
    package func apply(_ request: SensorSettingsRequest, to id: String) throws(SensorSettingsError) {
        let settings = try request.settings
        guard let sensor = devices.values.first(where: { $0.id == DeviceID(id) }), sensor.family == .bt50
        else { throw .unknown }
        guard sensor.isReady else { throw .unavailable("the sensor is not connected") }
        do throws(SessionCommandError) {
            for setting in settings { try sensor.perform(.sensor(setting)) }
        } catch {
            switch error {
            case .notConnected: throw .unavailable("the sensor is not connected")
            case .queueFull: throw .unavailable("too many settings are queued")
            case .unsupported: throw .unknown
            case .stringIsRunning, .invalidValue: throw .invalid("\(error)")
            }
        }
    }
}

/// Why a command was not sent.
package enum TimerControlError: Error, Hashable, Sendable {
    case noTimer
    /// More than one timer is connected and none was named.
    case ambiguous
    case rejected(SessionCommandError)
}

extension AdapterChoice {
    init(_ adapter: Configuration.Bluetooth.Adapter) {
        switch adapter {
        case .any: self = .any
        case .number(let number): self = .number(number)
        case .address(let bits): self = .address(bits)
        }
    }
}
