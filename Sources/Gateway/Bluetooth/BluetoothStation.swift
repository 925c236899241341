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
final class BluetoothStation {
    let radio: any Radio
    let registry: DeviceRegistry
    let hub: Hub
    let hearts: HeartStation
    let mats: MatRoster
    let house: BluetoothHouse
    let choice: AdapterChoice
    weak var desk: (any RangeDesk)?

    var control: AdapterControl?
    var air = DiscoveredDevices()
    var devices: [BluetoothAddress: any KeptDevice] = [:]
    var turns = ConnectingTurns<BluetoothAddress>()
    /// Whose turn it is, and how far it has come.
    var attempt: Attempt?
    var random: any RandomNumberGenerator
    /// Until the management socket is opened again, and how long that was last.
    var reopening = (delay: Nanoseconds.zero, lastLoss: LinkLoss?.none)
    /// Of devices that are not kept any more.
    var past = (strays: 0, oversized: 0)
    private(set) var isOpen = false
    private var alarms: [Alarm: TimerQueue.Token] = [:]

    enum Alarm: Hashable {
        case reopening
        /// Somebody's time to be connected to has come.
        case turn
        /// The attempt has taken long enough for this step.
        case patience
        case signals
    }

    struct Attempt {
        let address: BluetoothAddress
        /// It has begun: before that, the scan was being ended.
        var isConnecting = false
    }

    /// More devices at once no adapter keeps.
    static let mostDevices = 32

    /// - Parameters:
    ///   - desk: who keeps the range's books; not owned.
    ///   - wall: the wall clock when it was `timers.now`.
    ///   - random: for the moments at which devices are tried again.
    init(
        _ configuration: Configuration.Bluetooth, radio: any Radio, registry: DeviceRegistry, hub: Hub,
        hearts: HeartStation, mats: MatRoster, desk: (any RangeDesk)?, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers, wall: (() -> WallTime)? = nil,
        random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.radio = radio
        self.registry = registry
        self.hub = hub
        self.hearts = hearts
        self.mats = mats
        self.desk = desk
        self.random = random
        choice = AdapterChoice(configuration.adapter)
        house = BluetoothHouse(
            registry: registry, figures: BluetoothFigures(metrics), timers: timers,
            wall: wall ?? { SystemClock.wall() + (timers.now - SystemClock.monotonic()) })
        showFigures()
        registry.onChange { [weak self] id, outcome in self?.userDecided(id, outcome) }
    }

    func start() {
        isOpen = true
        openManagement()
    }

    /// Lets go of all devices, and of the adapter.
    func close() {
        isOpen = false
        for token in alarms.values { house.timers.cancel(token) }
        alarms.removeAll()
        let released = devices.values
        devices.removeAll()
        for device in released { device.close() }
        control?.close()
        control = nil
    }

    var now: MonotonicTime { house.timers.now }

    /// One call for each purpose: who sets it anew means another moment. Nothing is set any more once it is closed.
    func set(_ alarm: Alarm, at time: MonotonicTime, _ body: @escaping @ReactorActor (BluetoothStation) -> Void) {
        clear(alarm)
        guard isOpen else { return }
        alarms[alarm] = house.timers.at(time) { [weak self] in
            guard let self else { return }
            alarms[alarm] = nil
            body(self)
        }
    }

    func isSet(_ alarm: Alarm) -> Bool { alarms[alarm] != nil }

    func clear(_ alarm: Alarm) {
        alarms.removeValue(forKey: alarm).map(house.timers.cancel)
    }

    private func showFigures() {
        let figures = house.figures
        for family in Self.spoken {
            figures.gauge("leadville_bluetooth_links", "Links that are up.", ["device": family.rawValue]) {
                [weak self] in self?.devices.values.count { $0.family == family && $0.isReady } ?? 0
            }
        }
        figures.gauge("leadville_bluetooth_adapter_ready", "Whether there is an adapter that can be used.") {
            [weak self] in self?.control?.supervisor.adapter == nil ? 0 : 1
        }
        figures.gauge("leadville_bluetooth_in_the_air", "Devices of any kind that were heard.") { [weak self] in
            self?.air.count ?? 0
        }
        figures.total(
            "leadville_bluetooth_strays_total", "Values that came before it was known what they are."
        ) { [weak self] in self?.odd.strays ?? 0 }
        figures.total("leadville_bluetooth_oversized_total", "Packets of links that were too long.") {
            [weak self] in self?.odd.oversized ?? 0
        }
    }

    /// The families that there are sessions for.
    static let spoken: [DeviceFamily] = [.amgCommander, .bt50, .heartStrap, .pressureMat]
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
