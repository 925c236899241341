import Clocks
import Configuration
import Devices
import Events
import Glibc
import Hotplug
import Hub
import Metrics
import Reactor
import SerialTestSupport
import Signals
import Store
import VirtualDevices

@testable import Drivers

/// A serial port manager with its collaborators, on a simulated clock.
@ReactorActor
final class SerialTestBed {
    let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    let hub = Hub()
    let metrics = MetricsRegistry()
    let registry: DeviceRegistry
    let heartService: HeartRateService
    let serial: SerialPortManager
    private(set) var hearts: [HeartEvent] = []
    private(set) var frames: [PressureEvent] = []
    private(set) var devices: [String] = []
    private(set) var beats: [HeartBeatEvent] = []
    private(set) var contacts: [HeartContactEvent] = []
    private var plugged: [String: KnownPort] = [:]

    init(rules: [String] = [], probe: [String] = ["usb-*"], store: DataStore? = nil) {
        var configuration = Configuration.Serial()
        configuration.probe = probe
        configuration.ports = rules.compactMap { rule in
            let words = rule.split(separator: " ").map(String.init)
            return Configuration.Serial.PortRule.Device(rawValue: words[1]).map {
                Configuration.Serial.PortRule(words[0], $0, variant: words.count > 2 ? words[2] : nil)
            }
        }
        registry = DeviceRegistry(hub: hub, metrics: metrics, timers: timers)
        heartService = HeartRateService(
            hub: hub, smoothing: .standard, limits: HeartUsers.Limits(), metrics: metrics, timers: timers)
        serial = SerialPortManager(
            configuration, store: store, devices: registry,
            mats: MatRegistry(tareFrames: configuration.tareFrames, devices: registry, hub: hub, metrics: metrics),
            hub: hub,
            hearts: heartService, metrics: metrics,
            timers: timers)
        _ = hub.subscribe { [unowned self] event in
            switch event.body {
            case .heart(let heart): hearts.append(heart)
            case .pressure(let frame): frames.append(frame)
            case .heartBeat(let beat): beats.append(beat)
            case .heartContact(let contact): contacts.append(contact)
            case .device(let device): devices.append("\(device.device) \(device.change.name)")
            default: break
            }
        }
    }

    /// Plugs in a new device with the id `usb-NAME`.
    func plug(_ name: String) throws -> VirtualSerialPort {
        let device = try VirtualSerialPort()
        plug(name, again: device)
        return device
    }

    func plug(_ name: String, again device: VirtualSerialPort) {
        let description = PortDescription(node: device.path, systemPath: "/sys/\(name)")
        let port = KnownPort(description, as: .serialNumber(name))
        plugged[name] = port
        serial.apply([.added(port)])
    }

    func move(_ name: String, to device: VirtualSerialPort) {
        guard let old = plugged[name] else { return }
        let port = KnownPort(PortDescription(node: device.path, systemPath: "/sys/moved"), as: old.identity)
        plugged[name] = port
        serial.apply([.moved(port, from: old.description.node)])
    }

    func pullOut(_ name: String) {
        if let port = plugged.removeValue(forKey: name) { serial.apply([.removed(port)]) }
    }

    func close() {
        serial.close()
        heartService.close()
    }

    func advance(by span: Nanoseconds) {
        timers.advance(to: timers.now + span)
    }

    /// Sends as fast as the bytes are read, then waits for the condition.
    func send(_ bytes: [UInt8], to device: VirtualSerialPort, until isDone: () -> Bool) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1_024)
            await transmit(piece, from: device)
            rest = rest.dropFirst(piece.count)
        }
        await waitUntil(isDone)
    }

    /// Sends a piece and waits until it has been read.
    func transmit(_ piece: ArraySlice<UInt8>, from device: VirtualSerialPort) async {
        let wanted = bytes + piece.count
        device.send(piece)
        await waitUntil { bytes >= wanted }
    }

    private var bytes: Int { metric("leadville_serial_bytes_total") ?? 0 }

    func waitUntil(_ isDone: () -> Bool) async {
        while !isDone() { await loopIterations(1) }
    }

    /// `NAME STATE`, sorted by name.
    var states: [String] {
        serial.ports.map { "\($0.id.dropFirst(4)) \($0.state)" }.sorted()
    }

    func metric(_ name: String) -> Int? {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}
