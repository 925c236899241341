import Bluetooth
import Clocks
import Events
import Logging
import Reactor

/// Connecting: one after the other, and nobody scans meanwhile.
extension BluetoothStation {
    /// For a device that was heard just now, and for one that may be anywhere. While it is waited for, nobody else is.
    private static let patience = Nanoseconds.seconds(15)
    private static let patienceUnheard = Nanoseconds.seconds(5)
    private static let justNow = Nanoseconds.seconds(15)
    /// For the scan to end. When the controller does not manage that, connecting may show what ails it.
    private static let quietPatience = Nanoseconds.seconds(3)
    /// Most devices have said what they offer by then; for others nobody waits.
    private static let setupPatience = Nanoseconds.seconds(3)
    /// Between two scans, when nobody is missing: the links want the air. And when somebody has been for a while.
    private static let restfulPause = Nanoseconds.seconds(20)
    private static let patientPause = Nanoseconds.seconds(5)
    /// So many attempts in a row, and the user should know.
    private static let tellingFailures = 3

    /// Goes on with whatever is due: the next attempt, or the scan.
    func proceed() {
        guard isOpen else { return }
        beginAttempt()
        let (mayScan, pause) = (attempt == nil, pauseBetweenScans)
        tellAdapter { supervisor, now, _ in
            supervisor.pause = pause
            supervisor.discover(mayScan, at: now)
        }
        guard let deadline = turns.deadline, control?.supervisor.adapter != nil else { return clear(.turn) }
        set(.turn, at: max(deadline, now)) { $0.proceed() }
    }

    private var pauseBetweenScans: Nanoseconds {
        let missing = devices.values.filter { !$0.isLinked }
        let areKnownToBe = missing.allSatisfy { $0.reconnect.failures >= Self.tellingFailures }
        // Where there are no links there is nobody to be considerate of.
        guard areKnownToBe, missing.count < devices.count else { return AdapterSupervisor.discoveryPause }
        return missing.isEmpty ? Self.restfulPause : Self.patientPause
    }

    private func beginAttempt() {
        guard attempt == nil, control?.supervisor.adapter != nil, let address = turns.next(at: now) else { return }
        attempt = Attempt(address: address)
        let parameters = devices.keys.map(ConnectionParameters.prompt).sorted { $0.address.bits < $1.address.bits }
        set(.patience, at: now + Self.quietPatience) { $0.airIsFree() }
        tellAdapter { supervisor, now, _ in
            supervisor.load(parameters)
            supervisor.discover(false, at: now)
        }
    }

    /// The scan has ended: now.
    func airIsFree() {
        guard let attempt, !attempt.isConnecting, let device = devices[attempt.address] else { return }
        self.attempt?.isConnecting = true
        clear(.patience)
        house.figures.attempt(device.family)
        let wasHeard = device.lastHeard.map { now - $0 <= Self.justNow } ?? false
        let own = control?.supervisor.adapter?.info.address
        do throws(LinkLoss) {
            let socket = try radio.socket(to: device.address, from: own?.bits == 0 ? nil : own)
            device.connect(over: socket, patience: wasHeard ? Self.patience : Self.patienceUnheard)
        } catch {
            linkLost(device, LinkEnding(loss: error, end: nil, held: nil), at: house.moment)
        }
    }

    func endAttempt(of address: BluetoothAddress) {
        guard attempt?.address == address else { return }
        attempt = nil
        clear(.patience)
        turns.finished(address)
    }
}

extension BluetoothStation: KeptDeviceOwner {
    func linkOpened(_ device: any KeptDevice) {
        let address = device.address
        set(.patience, at: now + Self.setupPatience) { station in
            station.endAttempt(of: address)
            station.proceed()
        }
    }

    func becameReady(_ device: any KeptDevice, at moment: Moment) {
        house.figures.ready(device.family)
        Log.info("Connected: \(device.family.rawValue) \(device.id)", ["SOURCE": device.id.text])
        registry.note(device.id, .unreachable, false)
        registry.connected(device.id, at: moment)
        watchSignals()
        endAttempt(of: device.address)
        proceed()
    }

    func linkLost(_ device: any KeptDevice, _ ending: LinkEnding, at moment: Moment) {
        house.figures.lost(device.family, ending)
        if ending.held != nil {
            if ending.reason == .released {
                Log.info("Let go: \(device.family.rawValue) \(device.id)", ["SOURCE": device.id.text])
            } else {
                Log.warning("Lost: \(device.family.rawValue) \(device.id), \(ending.text)", ["SOURCE": device.id.text])
            }
            registry.lost(device.id, ending.reason, at: moment)
        } else {
            Log.debug("Not connected: \(device.family.rawValue) \(device.id), \(ending.text)")
        }
        endAttempt(of: device.address)
        tellAdapter { supervisor, now, emit in supervisor.linkFailed(ending.loss, at: now, emit) }
        if devices[device.address] === device { tryAgain(device, after: ending) }
        // Not before this socket is closed: until then the kernel may still be connecting it.
        set(.turn, at: now) { $0.proceed() }
    }

    private func tryAgain(_ device: any KeptDevice, after ending: LinkEnding) {
        let delay = device.reconnect.delay(afterLoss: ending.held, using: &random)
        turns.want(device.address, at: now + delay)
        guard device.reconnect.failures == Self.tellingFailures else { return }
        Log.warning(
            "\(device.family.rawValue) \(device.id) is not to be had, and tried again now and then: \(ending.text)",
            ["SOURCE": device.id.text])
        registry.note(device.id, .unreachable, true)
    }
}
