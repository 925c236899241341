import Bluetooth
import Clocks
import Configuration
import Devices
import Events
import Hub
import Metrics
import Reactor
import Signals
import VirtualDevices

@testable import Drivers

/// A Bluetooth manager on a virtual radio and a manual clock.
@ReactorActor
final class BluetoothTestBed {
    let timers = TimerQueue(now: MonotonicTime(nanoseconds: 1_000_000_000))
    let hub = Hub()
    let metrics = MetricsRegistry()
    let registry: DeviceRegistry
    let hearts: HeartRateService
    let rangeSink = RecordingRangeSink()
    let radio: VirtualRadio
    private(set) var manager: BluetoothManager
    private(set) var events: [(device: DeviceID, change: String)] = []
    private(set) var adapterEvents: [AdapterEvent] = []
    private(set) var losses: [DeviceEvent.LossReason] = []
    private(set) var heartEvents: [HeartEvent] = []
    private(set) var beats: [HeartBeatEvent] = []
    private(set) var frames: [PressureEvent] = []
    let mats: MatRegistry
    private(set) var contacts: [HeartContactEvent] = []
    private let start: MonotonicTime
    private let configuration: Configuration.Bluetooth
    private let receivers: BluetoothReceivers

    init(
        _ adapters: [UInt16: VirtualKernel.Adapter] = [0: .init()], adoption: Adoption = .use,
        choice: Configuration.Bluetooth.Adapter = .any
    ) {
        start = timers.now
        radio = VirtualRadio(adapters, timers: timers)
        registry = DeviceRegistry(policy: .init(adoption: adoption, lowBattery: 20), hub: hub, metrics: metrics)
        hearts = HeartRateService(
            hub: hub, smoothing: .standard, limits: HeartUsers.Limits(), metrics: metrics, timers: timers)
        var configuration = Configuration.Bluetooth()
        configuration.adapter = choice
        self.configuration = configuration
        mats = MatRegistry(tareFrames: 3, devices: registry, hub: hub, metrics: metrics)
        receivers = BluetoothReceivers(hub: hub, hearts: hearts, mats: mats, range: rangeSink)
        manager = Self.makeManager(configuration, radio, registry, receivers, metrics, timers)
        _ = hub.subscribe { [unowned self] event in
            switch event.body {
            case .device(let device):
                events.append((device.device, "\(device.change.name)"))
                if case .lost(let reason) = device.change { losses.append(reason) }
            case .adapter(let adapter): adapterEvents.append(adapter)
            case .heart(let heart): heartEvents.append(heart)
            case .heartBeat(let beat): beats.append(beat)
            case .pressure(let frame): frames.append(frame)
            case .heartContact(let contact): contacts.append(contact)
            default: break
            }
        }
    }

    private static func makeManager(
        _ configuration: Configuration.Bluetooth, _ radio: VirtualRadio, _ registry: DeviceRegistry,
        _ receivers: BluetoothReceivers, _ metrics: MetricsRegistry, _ timers: TimerQueue
    ) -> BluetoothManager {
        BluetoothManager(
            configuration, radio: radio, registry: registry, receivers: receivers, metrics: metrics, timers: timers,
            wall: { WallTime(nanoseconds: timers.now.nanoseconds) }, random: SeededRandom(seed: 4))
    }

    /// Simulates a restart: new sockets and a new manager; only the registry is kept.
    func restart() {
        manager.close()
        manager = Self.makeManager(configuration, radio, registry, receivers, metrics, timers)
        manager.start()
    }

    var time: Nanoseconds { timers.now - start }

    /// Adds a device whose time starts with the test.
    @discardableResult
    func add<Peripheral: VirtualGATTPeripheral>(
        _ peripheral: Peripheral, traits: VirtualGATTServer.Traits = .init(), signal: Int8 = -60
    ) -> VirtualRadioPeripheral<Peripheral> {
        let device = VirtualRadioPeripheral(
            peripheral, signal: signal, switchedOn: start, traits: traits, timers: timers)
        radio.add(device)
        return device
    }

    func run(for span: Nanoseconds) async {
        let end = timers.now + span
        await settle()
        while let next = timers.nextDeadline, next <= end {
            timers.advance(to: next)
            await settle()
        }
        timers.advance(to: end)
        await settle()
    }

    /// Runs until the condition holds; false if it does not within the time.
    func run(atMost span: Nanoseconds, until holds: () -> Bool) async -> Bool {
        let end = timers.now + span
        await settle()
        while !holds() {
            guard let next = timers.nextDeadline, next <= end else { return false }
            timers.advance(to: next)
            await settle()
        }
        return true
    }

    /// Runs the loop until nothing more happens. A packet and its response take one iteration each.
    private func settle() async {
        var quiet = 0
        var before = activity
        while quiet < 4 {
            await Task.yield()
            quiet = activity == before ? quiet + 1 : 0
            before = activity
        }
    }

    private var activity: Int {
        radio.kernel.commands.count + rangeSink.count + events.count + heartEvents.count + frames.count
            + radio.devices.reduce(0) { $0 + $1.receivedPackets.count + ($1.isLinked ? 1 : 0) }
    }

    func close() {
        manager.close()
        radio.stop()
        hearts.close()
    }

    /// The changes of a device, in order.
    func changes(of device: VirtualRadioDevice) -> [String] {
        events.filter { $0.device == id(device) }.map(\.change)
    }

    func id(_ device: VirtualRadioDevice) -> DeviceID { DeviceID(device.address.description) }

    func isReady(_ device: VirtualRadioDevice) -> Bool { manager.devices[device.address]?.isReady ?? false }

    /// A metric by its name with labels, as in the exposition.
    func metric(_ name: String) -> Int? {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}
