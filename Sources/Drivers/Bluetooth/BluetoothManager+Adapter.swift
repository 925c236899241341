import Bluetooth
import Clocks
import Events
import Logging
import Reactor

/// The adapter: the kernel's management of it, and what that has to say.
extension BluetoothManager {
    private static let initialReopenDelay = Nanoseconds.seconds(1)
    private static let maximumReopenDelay = Nanoseconds.seconds(60)
    /// Signals change slowly, and each question is one for the controller.
    private static let signalInterval = Nanoseconds.seconds(15)

    func openManagement() {
        do throws(LinkError) {
            let control = AdapterController(
                AdapterSupervisor(choice: choice), over: try radio.managementSocket(), timers: context.timers,
                onNotification: { [weak self] in self?.handle($0) },
                onClose: { [weak self] in self?.managementClosed($0) })
            self.control = control
            control.open()
            proceed()
        } catch {
            managementClosed(error)
        }
    }

    /// Tried again ever more rarely. Why it is not to be had is said once.
    private func managementClosed(_ loss: LinkError) {
        control = nil
        guard isOpen else { return }
        context.metrics.recordManagementFailure(loss)
        if loss == .noBluetooth {
            if reopening.lastLoss != loss { Log.info("No Bluetooth here: \(loss)") }
        } else if reopening.lastLoss != loss, loss != .closed {
            Log.warning("The Bluetooth management is not to be had: \(loss)")
        }
        reopening = (min(Self.maximumReopenDelay, max(Self.initialReopenDelay, reopening.delay * 2)), loss)
        schedule(.reopenManagement, at: now + reopening.delay) { $0.openManagement() }
    }

    /// Has the supervisor do something, if there is one.
    func withSupervisor(_ body: (inout AdapterSupervisor, MonotonicTime, (AdapterNotification) -> Void) -> Void) {
        control?.withSupervisor(body)
    }

    private func handle(_ notice: AdapterNotification) {
        switch notice {
        case .ready(let number, let info):
            reopening = (.zero, nil)
            Log.info("Bluetooth through hci\(number), \(info.address)", ["ADAPTER": "\(info.address)"])
            publish(.ready, number)
            adapterBecameReady()
        case .found(let device): deviceFound(device)
        case .scanStopped: connectToCurrent()
        case .linkUp(let address): adoptExistingLink(address)
        case .linkDown: break
        case .signal(let address, let signal):
            if let signal, let device = devices[address] {
                registry.updateSignal(device.id, dBm: Int(signal), at: context.moment)
            }
        case .problem(let trouble):
            context.metrics.recordProblem(trouble)
            Log.warning("The Bluetooth adapter is in trouble: \(trouble.text)", ["TROUBLE": trouble.name])
            publish(.failed(trouble.name, detail: trouble.text), control?.supervisor.current)
        case .recoveryStep(let step, let number):
            context.metrics.recordRecoveryStep(step)
            Log.warning("Trying \(step.rawValue) with hci\(number)", ["REMEDY": step.rawValue])
            publish(.recovering(step.rawValue), number)
        case .rejected(let refusal): context.metrics.recordRejectedManagementPacket(refusal)
        case .noAdapter, .removed, .poweredOff, .blocked, .permissionDenied, .recovered: report(notice)
        }
    }

    private func report(_ notice: AdapterNotification) {
        switch notice {
        case .noAdapter: Log.info("No Bluetooth adapter that could be used; one that is plugged in is picked up")
        case .removed(let number):
            Log.warning("The Bluetooth adapter hci\(number) is gone")
            publish(.removed, number)
        case .poweredOff(let number): Log.warning("Somebody has switched hci\(number) off; it is switched on again")
        case .blocked(let number):
            Log.warning("A switch keeps hci\(number) off: see rfkill list, and rfkill unblock bluetooth")
        case .permissionDenied:
            Log.warning("The Bluetooth adapter may not be used: this program needs CAP_NET_ADMIN")
        case .recovered:
            Log.info("The Bluetooth adapter works again")
            publish(.recovered, control?.supervisor.current)
        default: break
        }
    }

    private func publish(_ change: AdapterEvent.Change, _ number: UInt16?) {
        guard let number else { return }
        hub.publish(.adapter(AdapterEvent(adapter: "hci\(number)", change: change)), at: context.moment)
    }

    /// Everybody who is not linked is tried at once: that the adapter was away says nothing about them.
    private func adapterBecameReady() {
        for device in devices.values where !device.isLinked { scheduler.schedule(device.address, at: now) }
        withSupervisor { supervisor, _, _ in supervisor.requestConnections() }
        proceed()
    }

    func scheduleSignalRead() {
        guard !isScheduled(.readSignals) else { return }
        schedule(.readSignals, at: now + Self.signalInterval) { station in
            let linked = station.devices.values.filter(\.isReady).map(\.address)
            station.withSupervisor { supervisor, _, _ in
                for address in linked { supervisor.readSignal(of: address) }
            }
            if !linked.isEmpty { station.scheduleSignalRead() }
        }
    }

    /// What came on links and was of no use.
    var discardedCounts: (strays: Int, oversized: Int) {
        devices.values.reduce(releasedCounts) { ($0.strays + $1.strayValues, $0.oversized + $1.oversizedPackets) }
    }
}
