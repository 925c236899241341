import Clocks
import Configuration
import Devices
import Drivers
import Hotplug
import Reactor
import Serial

/// Listens to all ports at the same time, as far as the configuration allows it, and no longer than it was given.
@ReactorActor
final class PortProbe {
    private let timers: TimerQueue
    private var scanners: [PortIdentity: PortScanner] = [:]
    private var finished: [PortIdentity: PortScanResult] = [:]
    private var deadline: TimerQueue.Token?
    private var waiting: CheckedContinuation<Void, Never>?

    /// Begins at once.
    init(
        _ ports: [KnownPort], _ configuration: Configuration.Serial, for span: Nanoseconds,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.timers = timers
        let policy = SerialPolicy(configuration)
        for port in ports {
            switch configuration.enabled ? policy.decision(for: port) : .ignore(because: "serial.enabled is false") {
            case .use(let plan): finished[port.identity] = .configured(plan)
            case .ignore(let reason): finished[port.identity] = .skipped(because: reason)
            case .probe(let settings):
                scanners[port.identity] = PortScanner(port, settings, timers: timers) { [weak self] opinion in
                    self?.scanFinished(opinion, of: port.identity)
                }
            }
        }
        deadline = timers.after(span) { [weak self] in
            guard let self else { return }
            for ear in scanners.values { ear.timeOut() }
        }
        for ear in scanners.values { ear.start() }
    }

    /// What became of each port, when the last of them is clear or the time is up.
    func results() async -> [PortIdentity: PortScanResult] {
        if !scanners.isEmpty { await withCheckedContinuation { waiting = $0 } }
        deadline.map(timers.cancel)
        return finished
    }

    private func scanFinished(_ opinion: PortScanResult, of port: PortIdentity) {
        finished[port] = opinion
        scanners[port] = nil
        guard scanners.isEmpty else { return }
        waiting?.resume()
        waiting = nil
    }
}

/// Listens to one port until it is clear what is there, or until there is nothing left to try. Nothing is written to it.
@ReactorActor
final class PortScanner {
    private let port: KnownPort
    private let timers: TimerQueue
    private let onFinish: @ReactorActor (PortScanResult) -> Void
    private var settings: SerialSettings
    private let search: SerialSearch
    private var opened: SerialPort?
    private var listener: PortDetector?
    private var isDone = false

    /// `done` is told once.
    init(
        _ port: KnownPort, _ settings: SerialSettings, timers: TimerQueue,
        onFinish: @escaping @ReactorActor (PortScanResult) -> Void
    ) {
        self.port = port
        self.timers = timers
        self.onFinish = onFinish
        self.settings = settings
        search = SerialSearch(anyRate: port.description.isNativeUSB, at: timers.now)
        self.settings.baudRate = search.baudRate
    }

    func start() {
        do throws(SerialError) {
            let opened = try SerialPort(opening: port.description.node, settings) { [weak self] bytes in
                self?.listener?.feed(bytes)
            } onDisconnect: { [weak self] in
                self?.finish(.unknown(because: "it was pulled out"))
            }
            self.opened = opened
            listener = PortDetector(search, at: opened, settings, timers: timers) { [weak self] end in
                self?.finish(PortScanResult(end))
            }
        } catch {
            finish(.unavailable(error))
        }
    }

    /// Says what can be said by now.
    func timeOut() {
        finish(PortScanResult(listener?.search ?? search))
    }

    private func finish(_ opinion: PortScanResult) {
        guard !isDone else { return }
        isDone = true
        listener?.stop()
        opened?.close()
        (listener, opened) = (nil, nil)
        onFinish(opinion)
    }
}

extension PortScanResult {
    fileprivate init(_ end: PortDetector.Outcome) {
        self =
            switch end {
            case .recognised(let finding): .recognised(finding)
            case .gaveUp(let reason): .unknown(because: reason)
            case .failed(let error): .unavailable(error)
            }
    }
}

/// What can be said of a serial port after a scan was allowed to listen.
enum PortScanResult: Equatable, Sendable {
    /// Nobody may listen to it.
    case skipped(because: String)
    /// The configuration says what it is, so that nobody has to listen.
    case configured(SerialPolicy.Plan)
    case recognised(SerialMatch)
    case unknown(because: String)
    case unavailable(SerialError)
}

extension PortScanResult {
    /// Of a search whose time is up.
    init(_ search: SerialSearch) {
        switch search.identification {
        case .recognised(let finding): self = .recognised(finding)
        case .unsure(let reason) where search.hasReceivedBytes && search.untriedRates > 0:
            self = .unknown(because: "\(reason); there was no time for \(search.untriedRates) other speeds")
        case .unsure(let reason): self = .unknown(because: reason)
        }
    }

    var family: String? {
        switch self {
        case .configured(let plan): plan.device.rawValue
        case .recognised(let finding): finding.device.rawValue
        case .skipped, .unknown, .unavailable: nil
        }
    }

    /// Only what was understood beyond doubt is recognised at all.
    var confidence: String? {
        if case .recognised = self { "certain" } else { nil }
    }

    /// A port that should have been listened to, and could not; that somebody uses it is no trouble.
    var problem: String? {
        switch self {
        case .unavailable(.busy), .skipped, .configured, .recognised, .unknown: nil
        case .unavailable(let error): "\(error)"
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .skipped(let reason): "not listened to: \(reason)"
        case .configured: "not listened to: serial.ports says what it is"
        case .recognised(let finding): "recognised: \(finding)"
        case .unknown(let reason): "not recognised: \(reason)"
        case .unavailable(.busy(_, let holder?)) where holder.hasPrefix(GatewayProcess.name):
            "not listened to: in use by the running gateway\(holder.dropFirst(GatewayProcess.name.count)); "
                + "its /api/serial says what is there"
        case .unavailable(let error): "not listened to: \(error)"
        }
    }
}
