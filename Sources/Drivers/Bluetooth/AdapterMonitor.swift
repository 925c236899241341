import Bluetooth
import Clocks
import Events
import Hub
import Logging
import Reactor

/// Keeps the management socket open, and reports the state of the adapter: in the log, as metrics and as events.
@ReactorActor
final class AdapterMonitor {
    private static let initialReopenDelay = Nanoseconds.seconds(1)
    private static let maximumReopenDelay = Nanoseconds.seconds(60)

    /// Called when the socket has been opened.
    var onOpen: () -> Void = {}
    /// Called for notifications about devices and connections, and for `ready`.
    var onNotification: (AdapterNotification) -> Void = { _ in }

    private let choice: AdapterChoice
    private let radio: any Radio
    private let hub: Hub
    private let context: BluetoothContext
    private var controller: AdapterController?
    private var isOpen = false
    private var reopenDelay = Nanoseconds.zero
    private var lastError: LinkError?
    private let reopenTimer: OneShotTimer

    init(_ choice: AdapterChoice, radio: any Radio, hub: Hub, context: BluetoothContext) {
        self.choice = choice
        self.radio = radio
        self.hub = hub
        self.context = context
        reopenTimer = OneShotTimer(context.timers)
    }

    /// The adapter that is ready for use.
    var adapter: (number: UInt16, info: AdapterInfo)? { controller?.supervisor.adapter }

    func open() {
        isOpen = true
        openSocket()
    }

    func close() {
        isOpen = false
        reopenTimer.cancel()
        controller?.close()
        controller = nil
    }

    /// Calls the supervisor, if the socket is open.
    func withSupervisor(_ body: (inout AdapterSupervisor, MonotonicTime, (AdapterNotification) -> Void) -> Void) {
        controller?.withSupervisor(body)
    }

    private func openSocket() {
        do throws(LinkError) {
            let controller = AdapterController(
                AdapterSupervisor(choice: choice), over: try radio.managementSocket(), timers: context.timers,
                onNotification: { [weak self] in self?.handle($0) },
                onClose: { [weak self] in self?.socketClosed($0) })
            self.controller = controller
            controller.open()
            onOpen()
        } catch {
            socketClosed(error)
        }
    }

    /// Opens the socket again with back-off. The same error is logged once.
    private func socketClosed(_ error: LinkError) {
        controller = nil
        guard isOpen else { return }
        context.metrics.recordManagementFailure(error)
        if error == .noBluetooth {
            if lastError != error { Log.info("Bluetooth unavailable: \(error)") }
        } else if lastError != error, error != .closed {
            Log.warning("Bluetooth management socket unavailable: \(error); retrying with back-off")
        }
        reopenDelay = min(Self.maximumReopenDelay, max(Self.initialReopenDelay, reopenDelay * 2))
        lastError = error
        reopenTimer.schedule(at: context.timers.now + reopenDelay) { [weak self] in self?.openSocket() }
    }

    private func handle(_ notification: AdapterNotification) {
        switch notification {
        case .found, .scanStopped, .linkUp, .signal: onNotification(notification)
        case .linkDown: break
        case .ready(let number, let info):
            (reopenDelay, lastError) = (.zero, nil)
            Log.info("Bluetooth adapter hci\(number) ready, address \(info.address)", ["ADAPTER": "\(info.address)"])
            publish(.ready, number)
            onNotification(notification)
        case .problem(let problem):
            context.metrics.recordProblem(problem)
            Log.warning("Bluetooth adapter problem: \(problem.text)", ["TROUBLE": problem.name])
            publish(.failed(problem.name, detail: problem.text), controller?.supervisor.current)
        case .recoveryStep(let step, let number):
            context.metrics.recordRecoveryStep(step)
            Log.warning("Bluetooth adapter hci\(number): recovery step \(step.rawValue)", ["REMEDY": step.rawValue])
            publish(.recovering(step.rawValue), number)
        case .rejected(let error): context.metrics.recordRejectedManagementPacket(error)
        case .noAdapter: Log.info("No usable Bluetooth adapter; waiting for one to be plugged in")
        case .removed(let number):
            Log.warning("Bluetooth adapter hci\(number) removed")
            publish(.removed, number)
        case .poweredOff(let number):
            Log.warning("Bluetooth adapter hci\(number) was switched off by another program; switching it on again")
        case .blocked(let number):
            Log.warning("Bluetooth adapter hci\(number) blocked by rfkill: run rfkill unblock bluetooth")
        case .permissionDenied: Log.warning("Bluetooth adapter not permitted: this program needs CAP_NET_ADMIN")
        case .recovered:
            Log.info("Bluetooth adapter recovered")
            publish(.recovered, controller?.supervisor.current)
        }
    }

    private func publish(_ change: AdapterEvent.Change, _ number: UInt16?) {
        guard let number else { return }
        hub.publish(.adapter(AdapterEvent(adapter: "hci\(number)", change: change)), at: context.moment)
    }
}

/// A timer with at most one pending call: scheduling it again replaces the call.
@ReactorActor
final class OneShotTimer {
    private let timers: TimerQueue
    private var token: TimerQueue.Token?

    init(_ timers: TimerQueue) {
        self.timers = timers
    }

    var isScheduled: Bool { token != nil }

    func schedule(at time: MonotonicTime, _ body: @escaping @ReactorActor () -> Void) {
        cancel()
        token = timers.at(time) { [weak self] in
            guard let self else { return }
            token = nil
            body()
        }
    }

    func cancel() {
        token.map(timers.cancel)
        token = nil
    }
}

extension AdapterProblem {
    /// A stable name.
    var name: String {
        switch self {
        case .unanswered: "unanswered"
        case .failed: "failed"
        case .controllerError: "controller_error"
        case .link: "link"
        case .scanSilent: "deaf"
        }
    }

    /// For the log and the live socket.
    var text: String {
        switch self {
        case .unanswered(let opcode): "no answer to \(opcode)"
        case .failed(let opcode, let status): "\(opcode) failed: \(status)"
        case .controllerError(let code): "controller error \(code)"
        case .link(let error): "\(error)"
        case .scanSilent: "the scan finds no more devices"
        }
    }
}
