import Clocks
import Configuration
import Hotplug
import Reactor

/// Listens to all ports at the same time, as far as the configuration allows it, and no longer than it was given.
@ReactorActor
final class PortProbe {
    private let timers: TimerQueue
    private var ears: [PortIdentity: PortEar] = [:]
    private var found: [PortIdentity: PortOpinion] = [:]
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
            switch configuration.enabled ? policy.decision(for: port) : .leave(because: "serial.enabled is false") {
            case .use(let plan): found[port.identity] = .configured(plan)
            case .leave(let reason): found[port.identity] = .left(because: reason)
            case .probe(let settings):
                ears[port.identity] = PortEar(port, settings, timers: timers) { [weak self] opinion in
                    self?.heard(opinion, of: port.identity)
                }
            }
        }
        deadline = timers.after(span) { [weak self] in
            guard let self else { return }
            for ear in ears.values { ear.timeIsUp() }
        }
        for ear in ears.values { ear.begin() }
    }

    /// What became of each port, when the last of them is clear or the time is up.
    func opinions() async -> [PortIdentity: PortOpinion] {
        if !ears.isEmpty { await withCheckedContinuation { waiting = $0 } }
        deadline.map(timers.cancel)
        return found
    }

    private func heard(_ opinion: PortOpinion, of port: PortIdentity) {
        found[port] = opinion
        ears[port] = nil
        guard ears.isEmpty else { return }
        waiting?.resume()
        waiting = nil
    }
}
