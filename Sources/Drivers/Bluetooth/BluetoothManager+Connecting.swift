import Bluetooth
import Clocks
import Events
import Logging
import Reactor

/// Connecting: one after the other, and nobody scans meanwhile.
extension BluetoothManager {
    /// For a device that was heard just now, and for one that may be anywhere. While it is waited for, nobody else is.
    private static let connectTimeout = Nanoseconds.seconds(15)
    private static let unseenConnectTimeout = Nanoseconds.seconds(5)
    private static let recentInterval = Nanoseconds.seconds(15)
    /// For the scan to end. When the controller does not manage that, connecting may show what ails it.
    private static let scanStopTimeout = Nanoseconds.seconds(3)
    /// Most devices have said what they offer by then; for others nobody waits.
    private static let setupTimeout = Nanoseconds.seconds(3)
    /// Between two scans, when nobody is missing: the links want the air. And when somebody has been for a while.
    private static let idleScanPause = Nanoseconds.seconds(20)
    private static let missingScanPause = Nanoseconds.seconds(5)
    /// So many attempts in a row, and the user should know.
    private static let reportedFailures = 3

    /// Goes on with whatever is due: the next attempt, or the scan.
    func proceed() {
        guard isOpen else { return }
        beginAttempt()
        let (mayScan, pause) = (attempt == nil, pauseBetweenScans)
        withSupervisor { supervisor, now, _ in
            supervisor.scanPause = pause
            supervisor.setDiscovery(mayScan, at: now)
        }
        guard let deadline = scheduler.deadline, control?.supervisor.adapter != nil else { return cancel(.connect) }
        schedule(.connect, at: max(deadline, now)) { $0.proceed() }
    }

    private var pauseBetweenScans: Nanoseconds {
        let missing = devices.values.filter { !$0.isLinked }
        let areKnownToBe = missing.allSatisfy { $0.reconnect.failures >= Self.reportedFailures }
        // Where there are no links there is nobody to be considerate of.
        guard areKnownToBe, missing.count < devices.count else { return AdapterSupervisor.discoveryPause }
        return missing.isEmpty ? Self.idleScanPause : Self.missingScanPause
    }

    private func beginAttempt() {
        guard attempt == nil, control?.supervisor.adapter != nil, let address = scheduler.next(at: now) else { return }
        attempt = Attempt(address: address)
        let parameters = devices.keys.map(ConnectionParameters.lowLatency).sorted { $0.address.bits < $1.address.bits }
        schedule(.attemptTimeout, at: now + Self.scanStopTimeout) { $0.connectToCurrent() }
        withSupervisor { supervisor, now, _ in
            supervisor.loadParameters(parameters)
            supervisor.setDiscovery(false, at: now)
        }
    }

    /// The scan has ended: now.
    func connectToCurrent() {
        guard let attempt, !attempt.isConnecting, let device = devices[attempt.address] else { return }
        self.attempt?.isConnecting = true
        cancel(.attemptTimeout)
        context.metrics.recordAttempt(device.family)
        let wasHeard = device.lastSeen.map { now - $0 <= Self.recentInterval } ?? false
        let own = control?.supervisor.adapter?.info.address
        do throws(LinkError) {
            let socket = try radio.socket(to: device.address, from: own?.bits == 0 ? nil : own)
            device.connect(over: socket, timeout: wasHeard ? Self.connectTimeout : Self.unseenConnectTimeout)
        } catch {
            linkClosed(device, LinkEnding(loss: error, end: nil, held: nil), at: context.moment)
        }
    }

    func endAttempt(of address: BluetoothAddress) {
        guard attempt?.address == address else { return }
        attempt = nil
        cancel(.attemptTimeout)
        scheduler.finish(address)
    }
}

extension BluetoothManager: ManagedDeviceDelegate {
    func linkOpened(_ device: any ManagedDevice) {
        let address = device.address
        schedule(.attemptTimeout, at: now + Self.setupTimeout) { station in
            station.endAttempt(of: address)
            station.proceed()
        }
    }

    func becameReady(_ device: any ManagedDevice, at moment: Moment) {
        context.metrics.recordReady(device.family)
        Log.info("Connected: \(device.family.rawValue) \(device.id)", ["SOURCE": device.id.text])
        registry.setWarning(device.id, .unreachable, isActive: false)
        registry.markConnected(device.id, at: moment)
        scheduleSignalRead()
        endAttempt(of: device.address)
        proceed()
    }

    func linkClosed(_ device: any ManagedDevice, _ ending: LinkEnding, at moment: Moment) {
        context.metrics.recordDisconnect(device.family, ending)
        if ending.held != nil {
            if ending.reason == .released {
                Log.info("Let go: \(device.family.rawValue) \(device.id)", ["SOURCE": device.id.text])
            } else {
                Log.warning("Lost: \(device.family.rawValue) \(device.id), \(ending.text)", ["SOURCE": device.id.text])
            }
            registry.markDisconnected(device.id, ending.reason, at: moment)
        } else {
            Log.debug("Not connected: \(device.family.rawValue) \(device.id), \(ending.text)")
        }
        endAttempt(of: device.address)
        withSupervisor { supervisor, now, emit in supervisor.linkFailed(ending.loss, at: now, emit) }
        if devices[device.address] === device { scheduleReconnect(device, after: ending) }
        // Not before this socket is closed: until then the kernel may still be connecting it.
        schedule(.connect, at: now) { $0.proceed() }
    }

    private func scheduleReconnect(_ device: any ManagedDevice, after ending: LinkEnding) {
        let delay = device.reconnect.nextDelay(readyFor: ending.held, using: &random)
        scheduler.schedule(device.address, at: now + delay)
        guard device.reconnect.failures == Self.reportedFailures else { return }
        Log.warning(
            "\(device.family.rawValue) \(device.id) is not to be had, and tried again now and then: \(ending.text)",
            ["SOURCE": device.id.text])
        registry.setWarning(device.id, .unreachable, isActive: true)
    }
}
