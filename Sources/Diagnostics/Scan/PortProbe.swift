import Clocks
import Configuration
import Devices
import Drivers
import Hotplug
import Reactor
import Serial

/// Probes all ports that the configuration allows, in parallel and for a limited time.
@ReactorActor
final class PortProbe {
    private let timers: TimerQueue
    private var scanners: [PortIdentity: PortScanner] = [:]
    private var finished: [PortIdentity: PortScanResult] = [:]
    private var deadline: TimerQueue.Token?
    private var waiting: CheckedContinuation<Void, Never>?

    /// Starts at once.
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
            case .probe(let settings, _):
                scanners[port.identity] = PortScanner(port, settings, timers: timers) { [weak self] result in
                    self?.scanFinished(result, of: port.identity)
                }
            }
        }
        deadline = timers.after(span) { [weak self] in
            guard let self else { return }
            for scanner in scanners.values { scanner.timeOut() }
        }
        for scanner in scanners.values { scanner.start() }
    }

    /// The result of each port, once all are identified or the time is up.
    func results() async -> [PortIdentity: PortScanResult] {
        if !scanners.isEmpty { await withCheckedContinuation { waiting = $0 } }
        deadline.map(timers.cancel)
        return finished
    }

    private func scanFinished(_ result: PortScanResult, of port: PortIdentity) {
        finished[port] = result
        scanners[port] = nil
        guard scanners.isEmpty else { return }
        waiting?.resume()
        waiting = nil
    }
}

/// Probes one port without writing to it.
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

    /// `onFinish` is called once.
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
                self?.finish(.unknown(because: "unplugged"))
            }
            self.opened = opened
            listener = PortDetector(search, at: opened, settings, timers: timers) { [weak self] outcome in
                self?.finish(PortScanResult(outcome))
            }
        } catch {
            finish(.unavailable(error))
        }
    }

    /// Finishes with the result so far.
    func timeOut() {
        finish(PortScanResult(listener?.search ?? search))
    }

    private func finish(_ result: PortScanResult) {
        guard !isDone else { return }
        isDone = true
        listener?.stop()
        opened?.close()
        (listener, opened) = (nil, nil)
        onFinish(result)
    }
}

extension PortScanResult {
    fileprivate init(_ outcome: PortDetector.Outcome) {
        self =
            switch outcome {
            case .recognised(let finding): .recognised(finding)
            case .gaveUp(let reason): .unknown(because: reason)
            case .failed(let error): .unavailable(error)
            }
    }
}

/// The result of probing a serial port.
enum PortScanResult: Equatable, Sendable {
    /// Probing is not allowed.
    case skipped(because: String)
    /// The configuration names the device, so probing is not needed.
    case configured(SerialPolicy.Plan)
    case recognised(SerialMatch)
    case unknown(because: String)
    case unavailable(SerialError)
}

extension PortScanResult {
    /// The result of a search that timed out.
    init(_ search: SerialSearch) {
        switch search.identification {
        case .recognised(let finding): self = .recognised(finding)
        case .unsure(let reason) where search.hasReceivedBytes && search.untriedRates > 0:
            self = .unknown(because: "\(reason); \(search.untriedRates) other rates not tried")
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

    /// A search recognises only unambiguous data.
    var confidence: String? {
        if case .recognised = self { "certain" } else { nil }
    }

    /// Why an allowed port could not be probed. A port in use by another program is not a problem.
    var problem: String? {
        switch self {
        case .unavailable(.busy), .skipped, .configured, .recognised, .unknown: nil
        case .unavailable(let error): "\(error)"
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .skipped(let reason): "not probed: \(reason)"
        case .configured: "not probed: configured in serial.ports"
        case .recognised(let finding): "recognised: \(finding)"
        case .unknown(let reason): "not recognised: \(reason)"
        case .unavailable(.busy(_, let holder?)) where holder.hasPrefix(GatewayProcess.name):
            "not probed: in use by the running gateway\(holder.dropFirst(GatewayProcess.name.count)); "
                + "see its /api/serial"
        case .unavailable(let error): "not probed: \(error)"
        }
    }
}
