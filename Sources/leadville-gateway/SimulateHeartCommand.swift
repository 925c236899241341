import Configuration
import Glibc
import Reactor
import Synchronization
import VirtualDevices

/// `simulate heart`: virtual heart boards that send real datagrams until their duration ends or a signal stops them.
enum SimulateHeartCommand {
    static func run(_ options: SimulateHeartOptions) -> ExitStatus {
        ProcessSignals.block([SIGINT, SIGTERM])
        let failed = Atomic(false)
        ReactorExecutor.shared.runOnThisThread {
            do {
                try start(options)
            } catch {
                StandardStream.error.write("\(error)\n")
                failed.store(true, ordering: .relaxed)
                EventLoop.shared.stop()
            }
        }
        return failed.load(ordering: .relaxed) ? .failure : .success
    }

    @ReactorActor
    private static func start(_ options: SimulateHeartOptions) throws {
        let simulation = try HeartBoardSimulation(
            users: options.users, rate: options.rate, seed: options.seed,
            faults: Set(options.faults.map(\.virtualFault)), host: options.destination.host,
            port: UInt16(options.destination.port))
        let end: @ReactorActor () -> Void = {
            simulation.stop()
            StandardStream.output.write(summary(of: simulation))
            EventLoop.shared.stop()
        }
        signals = try ProcessSignals([SIGINT, SIGTERM]) { _ in end() }
        if let duration = options.duration { EventLoop.shared.timers.after(duration, end) }
        StandardStream.output.write(announcement(of: options))
        simulation.start()
    }

    /// Static, because nothing else retains it.
    @ReactorActor private static var signals: ProcessSignals?

    private static func announcement(of options: SimulateHeartOptions) -> String {
        let boards = options.users == 1 ? "1 heart board sends" : "\(options.users) heart boards send"
        let end = options.duration.map { "for \($0.inSeconds) s" } ?? "until Ctrl-C"
        let target = options.destination
        let host = target.host.contains(":") ? "[\(target.host)]" : target.host
        return "\(boards) \(options.rate) readings a second each to \(host):\(target.port), \(end)\n"
    }

    @ReactorActor
    private static func summary(of simulation: HeartBoardSimulation) -> String {
        let unsent = simulation.unsent > 0 ? ", \(simulation.unsent) not received" : ""
        return "sent \(simulation.sent) datagrams\(unsent)\n"
    }
}

extension SimulatedHeartFault {
    fileprivate var virtualFault: HeartBoardFaultKind {
        switch self {
        case .finger: .finger
        case .range: .range
        case .dropout: .dropout
        case .reboot: .reboot
        case .malformed: .malformed
        }
    }
}
