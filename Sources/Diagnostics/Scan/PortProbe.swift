import Clocks
import Configuration
import Drivers
import Hotplug
import Reactor

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
