import Clocks
import Configuration
import Devices
import Events
import Hotplug
import Hub
import Logging
import Metrics
import Reactor
import Serial
import Store

/// Runs a session for each serial port that is plugged in.
@ReactorActor
package final class SerialPortManager {
    private let policy: SerialPolicy
    private let mats: MatRegistry
    private let timers: TimerQueue
    private let context: PortSession.Context
    private var monitor: PortMonitor?
    private var sessions: [PortIdentity: PortSession] = [:]
    private var terminals: NamedTerminals
    private var nextPoll: TimerQueue.Token?

    /// How often the pseudo terminals named in rules are checked.
    private static let pollInterval = Nanoseconds.seconds(2)

    /// - Parameter store: remembers baud rates; nil to keep them in memory only.
    package init(
        _ configuration: Configuration.Serial, store: DataStore? = nil, devices: DeviceRegistry, mats: MatRegistry,
        hub: Hub,
        hearts: HeartRateService, metrics: MetricsRegistry, timers: TimerQueue = EventLoop.shared.timers
    ) {
        policy = SerialPolicy(configuration)
        terminals = NamedTerminals(configuration.ports)
        self.mats = mats
        self.timers = timers
        context = PortSession.Context(
            timers: timers, devices: devices, rates: BaudRateStore(store),
            readers: SerialReaderFactory(
                devices: devices, mats: mats, hub: hub, hearts: hearts, metrics: metrics, timers: timers),
            metrics: SerialMetrics(metrics))
        for state in PortSession.StateName.allCases.map(\.rawValue) {
            metrics.gauge("leadville_serial_ports", "Serial ports, by state.", ["state": state]) {
                [weak self] in Double(self?.sessions.values.count { $0.status.state == state } ?? 0)
            }
        }
        devices.addObserver { [weak self] id, outcome in
            guard !outcome.isDisjoint(with: [.adopted, .released]) else { return }
            self?.sessions.values.first { $0.port.identity.text == id.text }?.adoptionChanged()
        }
        metrics.counter("leadville_hotplug_overflows_total", "Bursts of udev events that overflowed the buffer.") {
            [weak self] in UInt64(self?.monitor?.overflows ?? 0)
        }
    }

    /// Without udev only the pseudo terminals named in rules are served.
    package func start() {
        do throws(SystemError) {
            let monitor = try PortMonitor { [weak self] in self?.apply($0) }
            self.monitor = monitor
            try monitor.start()
        } catch {
            Log.error("Serial ports unavailable: \(error)")
        }
        if !terminals.isEmpty { pollTerminals() }
    }

    private func pollTerminals() {
        apply(terminals.poll())
        nextPoll = timers.after(Self.pollInterval) { [weak self] in self?.pollTerminals() }
    }

    package func close() {
        monitor?.close()
        monitor = nil
        nextPoll.map(timers.cancel)
        nextPoll = nil
        for session in sessions.values { session.end(.released) }
        sessions.removeAll()
    }

    /// Applies changes of real ports and of the demo's virtual ones.
    package func apply(_ changes: [PortChange]) {
        for change in changes {
            switch change {
            case .added(let port):
                Log.debug("Port added: \(port.description), id \(port.identity.text)")
                sessions.removeValue(forKey: port.identity)?.end(.unplugged)
                let session = PortSession(port, policy.decision(for: port), context)
                sessions[port.identity] = session
                session.start()
            case .removed(let port):
                Log.debug("Port removed: \(port.description)")
                sessions.removeValue(forKey: port.identity)?.end(.unplugged)
            case .changed(let port): sessions[port.identity]?.update(port)
            case .moved(let port, from: let node):
                Log.debug("Port moved from \(node): \(port.description)")
                sessions[port.identity]?.move(to: port)
            }
        }
    }
}

extension SerialPortManager {
    package var ports: [SerialPortStatus] { sessions.values.map(\.status).sorted { $0.path < $1.path } }

    /// Closes the matching ports for a while. Returns how many were in use.
    package func release(_ pattern: String, for span: Nanoseconds) -> Int {
        sessions(pattern).filter { $0.release(for: span) }.count
    }

    /// Restarts the tare of the mats on matching ports. Returns how many there are.
    package func tare(_ pattern: String) -> Int {
        let ids = Set(sessions(pattern).map { DeviceID($0.port.identity.text) })
        return mats.tare { ids.contains($0) }
    }

    private func sessions(_ pattern: String) -> [PortSession] {
        let pattern = PortPattern(pattern)
        return sessions.values.filter { pattern.matches($0.port) }
    }
}

/// The state of one port, for the API.
package struct SerialPortStatus: Hashable, Sendable {
    package let path: String
    /// The identity that a port keeps across replugs.
    package let id: String
    package let name: String?
    package let usbID: String?
    /// `reading`, `searching` or `resting`.
    package let state: String
    /// The device's family, once it is known.
    package let device: String?
    /// Why the port rests.
    package let reason: String?

    package init(
        path: String, id: String, name: String?, usbID: String?, state: String, device: String?, reason: String?
    ) {
        self.path = path
        self.id = id
        self.name = name
        self.usbID = usbID
        self.state = state
        self.device = device
        self.reason = reason
    }
}
