import Bluetooth
import Clocks
import Events
import Logging
import Reactor

/// The adapter: the kernel's management of it, and what that has to say.
extension BluetoothStation {
    private static let firstReopening = Nanoseconds.seconds(1)
    private static let greatestReopening = Nanoseconds.seconds(60)
    /// Signals change slowly, and each question is one for the controller.
    private static let signalInterval = Nanoseconds.seconds(15)

    func openManagement() {
        do throws(LinkLoss) {
            let control = AdapterControl(
                AdapterSupervisor(choice: choice), over: try radio.managementSocket(), timers: house.timers,
                said: { [weak self] in self?.hear($0) },
                lost: { [weak self] in self?.loseManagement($0) })
            self.control = control
            control.open()
            proceed()
        } catch {
            loseManagement(error)
        }
    }

    /// Tried again ever more rarely. Why it is not to be had is said once.
    private func loseManagement(_ loss: LinkLoss) {
        control = nil
        guard isOpen else { return }
        house.figures.managementLost(loss)
        if loss == .noBluetooth {
            if reopening.lastLoss != loss { Log.info("No Bluetooth here: \(loss)") }
        } else if reopening.lastLoss != loss, loss != .closed {
            Log.warning("The Bluetooth management is not to be had: \(loss)")
        }
        reopening = (min(Self.greatestReopening, max(Self.firstReopening, reopening.delay * 2)), loss)
        set(.reopening, at: now + reopening.delay) { $0.openManagement() }
    }

    /// Has the supervisor do something, if there is one.
    func tellAdapter(_ body: (inout AdapterSupervisor, MonotonicTime, (AdapterNotice) -> Void) -> Void) {
        control?.tell(body)
    }

    private func hear(_ notice: AdapterNotice) {
        switch notice {
        case .ready(let number, let info):
            reopening = (.zero, nil)
            Log.info("Bluetooth through hci\(number), \(info.address)", ["ADAPTER": "\(info.address)"])
            tell(.ready, number)
            adapterIsReady()
        case .found(let device): found(device)
        case .quiet: airIsFree()
        case .linkUp(let address): meetKeptLink(address)
        case .linkDown: break
        case .signal(let address, let signal):
            if let signal, let device = devices[address] {
                registry.signal(device.id, dBm: Int(signal), at: house.moment)
            }
        case .trouble(let trouble):
            house.figures.trouble(trouble)
            Log.warning("The Bluetooth adapter is in trouble: \(trouble.text)", ["TROUBLE": trouble.name])
            tell(.trouble(trouble.name, detail: trouble.text), control?.supervisor.current)
        case .step(let step, let number):
            house.figures.step(step)
            Log.warning("Trying \(step.rawValue) with hci\(number)", ["REMEDY": step.rawValue])
            tell(.remedy(step.rawValue), number)
        case .refused(let refusal): house.figures.managementRefused(refusal)
        case .noAdapter, .gone, .off, .blocked, .notAllowed, .recovered: say(notice)
        }
    }

    private func say(_ notice: AdapterNotice) {
        switch notice {
        case .noAdapter: Log.info("No Bluetooth adapter that could be used; one that is plugged in is picked up")
        case .gone(let number):
            Log.warning("The Bluetooth adapter hci\(number) is gone")
            tell(.gone, number)
        case .off(let number): Log.warning("Somebody has switched hci\(number) off; it is switched on again")
        case .blocked(let number):
            Log.warning("A switch keeps hci\(number) off: see rfkill list, and rfkill unblock bluetooth")
        case .notAllowed:
            Log.warning("The Bluetooth adapter may not be used: this program needs CAP_NET_ADMIN")
        case .recovered:
            Log.info("The Bluetooth adapter works again")
            tell(.recovered, control?.supervisor.current)
        default: break
        }
    }

    private func tell(_ change: AdapterEvent.Change, _ number: UInt16?) {
        guard let number else { return }
        hub.publish(.adapter(AdapterEvent(adapter: "hci\(number)", change: change)), at: house.moment)
    }

    /// Everybody who is not linked is tried at once: that the adapter was away says nothing about them.
    private func adapterIsReady() {
        for device in devices.values where !device.isLinked { turns.want(device.address, at: now) }
        tellAdapter { supervisor, _, _ in supervisor.askForLinks() }
        proceed()
    }

    func watchSignals() {
        guard !isSet(.signals) else { return }
        set(.signals, at: now + Self.signalInterval) { station in
            let linked = station.devices.values.filter(\.isReady).map(\.address)
            station.tellAdapter { supervisor, _, _ in
                for address in linked { supervisor.readSignal(of: address) }
            }
            if !linked.isEmpty { station.watchSignals() }
        }
    }

    /// What came on links and was of no use.
    var odd: (strays: Int, oversized: Int) {
        devices.values.reduce(past) { ($0.strays + $1.strays, $0.oversized + $1.oversized) }
    }
}
