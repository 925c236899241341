import Bluetooth
import Clocks
import Configuration
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor

/// Looks after everything on the radio: keeps an adapter going, finds out what is in the air, and keeps a link to each
/// device that is to be used. It lives with what the radio does to it: with no adapter at all it waits for one.
@ReactorActor
package final class BluetoothManager {
    let radio: any Radio
    let registry: DeviceRegistry
    let hub: Hub
    let hearts: HeartRateService
    let mats: MatRegistry
    let context: BluetoothContext
    let choice: AdapterChoice
    weak var rangeSink: (any RangeEventSink)?

    var control: AdapterController?
    var discoveredDevices = DiscoveredDevices()
    var devices: [BluetoothAddress: any ManagedDevice] = [:]
    var scheduler = ConnectionScheduler<BluetoothAddress>()
    /// Whose turn it is, and how far it has come.
    var attempt: Attempt?
    var random: any RandomNumberGenerator
    /// Until the management socket is opened again, and how long that was last.
    var reopening = (delay: Nanoseconds.zero, lastLoss: LinkError?.none)
    /// Of devices that are not kept any more.
    var releasedCounts = (strays: 0, oversized: 0)
    private(set) var isOpen = false
    private var scheduledTasks: [ScheduledTask: TimerQueue.Token] = [:]

    enum ScheduledTask: Hashable {
        case reopenManagement
        /// Somebody's time to be connected to has come.
        case connect
        /// The attempt has taken long enough for this step.
        case attemptTimeout
        case readSignals
    }

    struct Attempt {
        let address: BluetoothAddress
        /// It has begun: before that, the scan was being ended.
        var isConnecting = false
    }

    /// More devices at once no adapter keeps.
    static let maximumDevices = 32

    /// - Parameters:
    ///   - desk: who keeps the range's books; not owned.
    ///   - wall: the wall clock when it was `timers.now`.
    ///   - random: for the moments at which devices are tried again.
    package init(
        _ configuration: Configuration.Bluetooth, radio: any Radio, registry: DeviceRegistry, hub: Hub,
        hearts: HeartRateService, mats: MatRegistry, rangeSink: (any RangeEventSink)?, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers, wall: (() -> WallTime)? = nil,
        random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.radio = radio
        self.registry = registry
        self.hub = hub
        self.hearts = hearts
        self.mats = mats
        self.rangeSink = rangeSink
        self.random = random
        choice = AdapterChoice(configuration.adapter)
        context = BluetoothContext(
            registry: registry, metrics: BluetoothMetrics(metrics), timers: timers,
            wall: wall ?? { SystemClock.wall() + (timers.now - SystemClock.monotonic()) })
        registerMetrics()
        registry.addObserver { [weak self] id, outcome in self?.registryChanged(id, outcome) }
    }

    package func start() {
        isOpen = true
        openManagement()
    }

    /// Lets go of all devices, and of the adapter.
    package func close() {
        isOpen = false
        for token in scheduledTasks.values { context.timers.cancel(token) }
        scheduledTasks.removeAll()
        let released = devices.values
        devices.removeAll()
        for device in released { device.close() }
        control?.close()
        control = nil
    }

    var now: MonotonicTime { context.timers.now }

    /// One call for each purpose: who sets it anew means another moment. Nothing is set any more once it is closed.
    func schedule(
        _ alarm: ScheduledTask, at time: MonotonicTime, _ body: @escaping @ReactorActor (BluetoothManager) -> Void
    ) {
        cancel(alarm)
        guard isOpen else { return }
        scheduledTasks[alarm] = context.timers.at(time) { [weak self] in
            guard let self else { return }
            scheduledTasks[alarm] = nil
            body(self)
        }
    }

    func isScheduled(_ alarm: ScheduledTask) -> Bool { scheduledTasks[alarm] != nil }

    func cancel(_ alarm: ScheduledTask) {
        scheduledTasks.removeValue(forKey: alarm).map(context.timers.cancel)
    }

    private func registerMetrics() {
        let figures = context.metrics
        for family in Self.supportedFamilies {
            figures.gauge("leadville_bluetooth_links", "Links that are up.", ["device": family.rawValue]) {
                [weak self] in self?.devices.values.count { $0.family == family && $0.isReady } ?? 0
            }
        }
        figures.gauge("leadville_bluetooth_adapter_ready", "Whether there is an adapter that can be used.") {
            [weak self] in self?.control?.supervisor.adapter == nil ? 0 : 1
        }
        figures.gauge("leadville_bluetooth_in_the_air", "Devices of any kind that were heard.") { [weak self] in
            self?.discoveredDevices.count ?? 0
        }
        figures.counter(
            "leadville_bluetooth_strays_total", "Values that came before it was known what they are."
        ) { [weak self] in self?.discardedCounts.strays ?? 0 }
        figures.counter("leadville_bluetooth_oversized_total", "Packets of links that were too long.") {
            [weak self] in self?.discardedCounts.oversized ?? 0
        }
    }

    /// The families that there are sessions for.
    static let supportedFamilies: [DeviceFamily] = [.amgCommander, .bt50, .heartStrap, .pressureMat]
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
