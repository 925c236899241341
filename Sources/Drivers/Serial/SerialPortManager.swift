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

/// Looks after all serial ports: what is plugged in is opened if it may be, and what is pulled out is let go.
@ReactorActor
package final class SerialPortManager {
    private let policy: SerialPolicy
    private let devices: DeviceRegistry
    private let mats: MatRegistry
    private let hub: Hub
    private let hearts: HeartRateService
    private let metrics: MetricsRegistry
    private let timers: TimerQueue
    private let rates: RememberedRatesFile
    private let received: Counter
    private let tareFrames: Int
    private var monitor: PortMonitor?
    private var sessions: [PortIdentity: PortSession] = [:]
    private var terminals: NamedTerminals
    private var nextPoll: TimerQueue.Token?

    /// How often the pseudo terminals in the rules are looked at.
    private static let pollInterval = Nanoseconds.seconds(2)

    /// - Parameter ratesPath: where speeds are remembered; nil when nothing can be kept.
    package init(
        _ configuration: Configuration.Serial, ratesPath: String?, devices: DeviceRegistry, mats: MatRegistry, hub: Hub,
        hearts: HeartRateService, metrics: MetricsRegistry, timers: TimerQueue = EventLoop.shared.timers
    ) {
        policy = SerialPolicy(configuration)
        terminals = NamedTerminals(configuration.ports)
        tareFrames = configuration.tareFrames
        rates = RememberedRatesFile(ratesPath)
        self.devices = devices
        self.mats = mats
        self.hub = hub
        self.hearts = hearts
        self.metrics = metrics
        self.timers = timers
        received = metrics.counter("leadville_serial_bytes_total", "Bytes that came in through serial ports.")
        for (state, isIt) in Self.countedStates {
            metrics.gauge("leadville_serial_ports", "Serial ports, by what becomes of them.", ["state": state]) {
                [weak self] in Double(self?.sessions.values.filter { isIt($0.state) }.count ?? 0)
            }
        }
        devices.addObserver { [weak self] id, outcome in
            guard !outcome.isDisjoint(with: [.adopted, .released]) else { return }
            self?.sessions.values.first { $0.port.identity.text == id.text }?.adoptionChanged()
        }
        metrics.counter("leadville_hotplug_overflows_total", "Bursts of udev's events that were too large.") {
            [weak self] in UInt64(self?.monitor?.overflows ?? 0)
        }
    }

    /// Without udev the gateway goes on without ports that come and go.
    package func start() {
        do throws(SystemError) {
            let monitor = try PortMonitor { [weak self] in self?.apply($0) }
            self.monitor = monitor
            try monitor.start()
        } catch {
            Log.error("No serial ports: \(error)")
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

    /// What happens to ports, real ones and those of the demonstration.
    package func apply(_ changes: [PortChange]) {
        for change in changes {
            switch change {
            case .added(let port):
                Log.debug("Plugged in: \(port.description), known as \(port.identity.text)")
                sessions.removeValue(forKey: port.identity)?.end(.unplugged)
                let session = PortSession(port, policy.decision(for: port), context)
                sessions[port.identity] = session
                session.start()
            case .removed(let port):
                Log.debug("Pulled out: \(port.description)")
                sessions.removeValue(forKey: port.identity)?.end(.unplugged)
            case .changed(let port): sessions[port.identity]?.update(port)
            case .moved(let port, from: let node):
                Log.debug("Moved from \(node): \(port.description)")
                sessions[port.identity]?.move(to: port)
            }
        }
    }

    private var context: PortSession.Context {
        PortSession.Context(
            timers: timers, rememberedRate: { [rates] in rates[$0.text] },
            found: { [rates] in rates.remember($1.baudRate, for: $0.text) },
            reader: { [weak self] in self?.reader($0, $1) },
            devices: devices,
            failed: { [metrics] error in
                metrics.counter(
                    "leadville_serial_failures_total", "Serial ports that could not be had, by reason.",
                    ["reason": error.name]
                ).add()
            },
            received: { [received] in received.add($0) })
    }

    private func reader(_ plan: SerialPolicy.Plan, _ port: KnownPort) -> (any SerialReader)? {
        let id = DeviceID(port.identity.text)
        let tally = devices.counters(of: id)
        switch plan.device {
        case .esp32Heart:
            return HeartBoardReader(
                heartService: hearts, id: id, source: port.description.node, hub: hub, metrics: metrics, counters: tally
            )
        case .pressureMat:
            return plan.mat.map { mat in
                MatReader(
                    mat, reporter: mats.reporter(for: id), counters: tally, metrics: metrics, timers: timers)
            }
        case .amgCommander, .bt50, .heartStrap, .sensorLogger, .sgTimer, .specialPie: return nil
        }
    }

    private static let countedStates: [(String, (PortSession.State) -> Bool)] = ["resting", "searching", "reading"].map
    {
        name in
        (name, { $0.name == name })
    }
}

extension SerialPortManager {
    package var ports: [SerialPortStatus] {
        sessions.values.map { session in
            let description = session.port.description
            return SerialPortStatus(
                path: description.node, id: session.port.identity.text, name: description.name,
                usbID: description.usbID, state: session.state.name, device: session.state.device?.rawValue,
                reason: session.state.reason)
        }.sorted { $0.path < $1.path }
    }

    package func release(_ pattern: String, for span: Nanoseconds) -> Int {
        sessions(pattern).filter { $0.release(for: span) }.count
    }

    package func tare(_ pattern: String) -> Int {
        let mats = sessions(pattern).compactMap { $0.state.reader as? MatReader }
        for mat in mats { mat.startTare(frames: max(1, tareFrames)) }
        return mats.count
    }

    private func sessions(_ pattern: String) -> [PortSession] {
        let pattern = PortPattern(pattern)
        return sessions.values.filter { pattern.matches($0.port) }
    }
}

extension PortSession.State {
    /// A stable name.
    fileprivate var name: String {
        switch self {
        case .resting: "resting"
        case .searching: "searching"
        case .reading: "reading"
        }
    }

    fileprivate var reason: String? {
        if case .resting(let reason) = self { reason } else { nil }
    }

    fileprivate var device: DeviceFamily? {
        if case .reading(_, _, let family) = self { family } else { nil }
    }

    fileprivate var reader: (any SerialReader)? {
        if case .reading(_, let reader, _) = self { reader } else { nil }
    }
}
