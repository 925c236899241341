import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Connects the devices in use, one at a time and never while scanning, and reconnects them.
@ReactorActor
final class ConnectionManager {
    private struct Attempt {
        let address: BluetoothAddress
        /// False while the scan is being stopped.
        var isConnecting = false
    }

    static let maximumDevices = 32
    /// The connection timeouts of a device that was seen recently, and of any other. Each attempt delays the others.
    private static let connectTimeout = Nanoseconds.seconds(15)
    private static let unseenConnectTimeout = Nanoseconds.seconds(5)
    private static let recentInterval = Nanoseconds.seconds(15)
    /// If the controller does not stop the scan in time, connecting anyway shows what is wrong with it.
    private static let scanStopTimeout = Nanoseconds.seconds(3)
    /// How long the next device waits for the setup of this one.
    private static let setupTimeout = Nanoseconds.seconds(3)
    /// The pause between two scans if all devices are connected, and if the missing ones have been unreachable for a
    /// while.
    private static let idleScanPause = Nanoseconds.seconds(20)
    private static let missingScanPause = Nanoseconds.seconds(5)
    /// After this many failed attempts in a row a device is reported as unreachable.
    private static let reportedFailures = 3
    /// Signal strengths change slowly, and each request takes time of the controller.
    private static let signalInterval = Nanoseconds.seconds(15)

    private let radio: any Radio
    private let adapter: AdapterMonitor
    private let context: BluetoothContext
    private var random: any RandomNumberGenerator
    private(set) var devices: [BluetoothAddress: any ManagedDevice] = [:]
    private var scheduler = ConnectionScheduler<BluetoothAddress>()
    private var attempt: Attempt?
    private var isRunning = false
    /// Counters of the devices that have been removed.
    private var removedCounts = (strayValues: 0, oversizedPackets: 0)
    private let connectTimer: OneShotTimer
    private let attemptTimer: OneShotTimer
    private let signalTimer: OneShotTimer

    init(radio: any Radio, adapter: AdapterMonitor, context: BluetoothContext, random: any RandomNumberGenerator) {
        self.radio = radio
        self.adapter = adapter
        self.context = context
        self.random = random
        connectTimer = OneShotTimer(context.timers)
        attemptTimer = OneShotTimer(context.timers)
        signalTimer = OneShotTimer(context.timers)
    }

    private var now: MonotonicTime { context.timers.now }

    /// Values received before discovery, and packets that were too long.
    var discardedCounts: (strayValues: Int, oversizedPackets: Int) {
        devices.values.reduce(removedCounts) {
            ($0.strayValues + $1.strayValues, $0.oversizedPackets + $1.oversizedPackets)
        }
    }

    func start() {
        isRunning = true
    }

    func stop() {
        isRunning = false
        for timer in [connectTimer, attemptTimer, signalTimer] { timer.cancel() }
        let connected = devices.values
        devices.removeAll()
        for device in connected { device.close() }
    }

    func add(_ device: any ManagedDevice) {
        devices[device.address] = device
        scheduler.schedule(device.address, at: now)
        proceed()
    }

    func remove(_ device: any ManagedDevice) {
        scheduler.remove(device.address)
        devices[device.address] = nil
        removedCounts.strayValues += device.strayValues
        removedCounts.oversizedPackets += device.oversizedPackets
        device.close()
        endAttempt(of: device.address)
        proceed()
    }

    /// The device advertises again: an attempt that it did not answer is repeated without delay.
    func deviceSeen(_ device: any ManagedDevice) {
        device.lastSeen = now
        guard !device.isLinked, device.lastError == .noResponse, attempt?.address != device.address else { return }
        scheduler.schedule(device.address, at: now)
        proceed()
    }

    /// Connects all devices without delay: their earlier attempts failed because of the adapter.
    func adapterBecameReady() {
        for device in devices.values where !device.isLinked { scheduler.schedule(device.address, at: now) }
        adapter.withSupervisor { supervisor, _, _ in supervisor.requestConnections() }
        proceed()
    }

    /// Starts the next attempt if one is due, else a scan.
    func proceed() {
        guard isRunning else { return }
        beginAttempt()
        let (mayScan, pause) = (attempt == nil, pauseBetweenScans)
        adapter.withSupervisor { supervisor, now, _ in
            supervisor.scanPause = pause
            supervisor.setDiscovery(mayScan, at: now)
        }
        guard let deadline = scheduler.deadline, adapter.adapter != nil else { return connectTimer.cancel() }
        schedule(connectTimer, at: max(deadline, now)) { $0.proceed() }
    }

    /// Connects the current device. Called when the scan has stopped.
    func scanStopped() {
        guard let attempt, !attempt.isConnecting, let device = devices[attempt.address] else { return }
        self.attempt?.isConnecting = true
        attemptTimer.cancel()
        context.metrics.recordAttempt(device.family)
        let isRecent = device.lastSeen.map { now - $0 <= Self.recentInterval } ?? false
        let own = adapter.adapter?.info.address
        do throws(LinkError) {
            let socket = try radio.socket(to: device.address, from: own?.bits == 0 ? nil : own)
            device.connect(over: socket, timeout: isRecent ? Self.connectTimeout : Self.unseenConnectTimeout)
        } catch {
            linkClosed(device, LinkEnding(error: error, endReason: nil, readyDuration: nil), at: context.moment)
        }
    }
}

extension ConnectionManager {
    private func schedule(
        _ timer: OneShotTimer, at time: MonotonicTime, _ body: @escaping @ReactorActor (ConnectionManager) -> Void
    ) {
        guard isRunning else { return timer.cancel() }
        timer.schedule(at: time) { [weak self] in
            if let self { body(self) }
        }
    }

    private var pauseBetweenScans: Nanoseconds {
        let missing = devices.values.filter { !$0.isLinked }
        let areUnreachable = missing.allSatisfy { $0.reconnect.failures >= Self.reportedFailures }
        // Without links there is no traffic to leave air time to.
        guard areUnreachable, missing.count < devices.count else { return AdapterSupervisor.discoveryPause }
        return missing.isEmpty ? Self.idleScanPause : Self.missingScanPause
    }

    private func beginAttempt() {
        guard attempt == nil, adapter.adapter != nil, let address = scheduler.next(at: now) else { return }
        attempt = Attempt(address: address)
        let parameters = devices.keys.map(ConnectionParameters.lowLatency).sorted { $0.address.bits < $1.address.bits }
        schedule(attemptTimer, at: now + Self.scanStopTimeout) { $0.scanStopped() }
        adapter.withSupervisor { supervisor, now, _ in
            supervisor.loadParameters(parameters)
            supervisor.setDiscovery(false, at: now)
        }
    }

    private func endAttempt(of address: BluetoothAddress) {
        guard attempt?.address == address else { return }
        attempt = nil
        attemptTimer.cancel()
        scheduler.finish(address)
    }

    private func scheduleReconnect(_ device: any ManagedDevice, after ending: LinkEnding) {
        let delay = device.reconnect.nextDelay(readyFor: ending.readyDuration, using: &random)
        scheduler.schedule(device.address, at: now + delay)
        guard device.reconnect.failures == Self.reportedFailures else { return }
        Log.warning(
            "\(device.family.rawValue) \(device.id) unreachable: \(ending.text); retrying with back-off",
            ["SOURCE": device.id.text])
        context.registry.setWarning(device.id, .unreachable, isActive: true)
    }

    private func scheduleSignalRead() {
        guard !signalTimer.isScheduled else { return }
        schedule(signalTimer, at: now + Self.signalInterval) { manager in
            let connected = manager.devices.values.filter(\.isReady).map(\.address)
            manager.adapter.withSupervisor { supervisor, _, _ in
                for address in connected { supervisor.readSignal(of: address) }
            }
            if !connected.isEmpty { manager.scheduleSignalRead() }
        }
    }
}

extension ConnectionManager: ManagedDeviceDelegate {
    func linkOpened(_ device: any ManagedDevice) {
        let address = device.address
        schedule(attemptTimer, at: now + Self.setupTimeout) { manager in
            manager.endAttempt(of: address)
            manager.proceed()
        }
    }

    func becameReady(_ device: any ManagedDevice, at moment: Moment) {
        context.metrics.recordReady(device.family)
        Log.info("Connected: \(device.family.rawValue) \(device.id)", ["SOURCE": device.id.text])
        context.registry.setWarning(device.id, .unreachable, isActive: false)
        context.registry.markConnected(device.id, at: moment)
        scheduleSignalRead()
        endAttempt(of: device.address)
        proceed()
    }

    func linkClosed(_ device: any ManagedDevice, _ ending: LinkEnding, at moment: Moment) {
        context.metrics.recordDisconnect(device.family, ending)
        if ending.readyDuration != nil {
            if ending.reason == .released {
                Log.info("Released: \(device.family.rawValue) \(device.id)", ["SOURCE": device.id.text])
            } else {
                Log.warning(
                    "Disconnected: \(device.family.rawValue) \(device.id), \(ending.text)", ["SOURCE": device.id.text])
            }
            context.registry.markDisconnected(device.id, ending.reason, at: moment)
        } else {
            Log.debug("Not connected: \(device.family.rawValue) \(device.id), \(ending.text)")
        }
        endAttempt(of: device.address)
        adapter.withSupervisor { supervisor, now, emit in supervisor.linkFailed(ending.error, at: now, emit) }
        if devices[device.address] === device { scheduleReconnect(device, after: ending) }
        // Not before this socket is closed: until then the kernel may still be connecting it.
        schedule(connectTimer, at: now) { $0.proceed() }
    }
}
