import Clocks

/// Keeps one adapter working: selects it, powers it, controls its scan, loads the connection parameters and recovers it
/// from failures. It never touches other adapters.
///
/// A value without I/O: packets of the management socket go in, packets and notifications come out, and time is a
/// parameter.
package struct AdapterSupervisor: Sendable {
    enum State: Equatable {
        /// No suitable adapter.
        case none
        case starting(UInt16)
        case ready(UInt16)
    }

    /// The pause between two runs of the kernel's discovery, which ends by itself after about 10 s.
    package static let discoveryPause = Nanoseconds.seconds(1)
    /// The delay before a command that failed temporarily is repeated; doubled each time.
    package static let initialRetryDelay = Nanoseconds.seconds(2)
    package static let maximumRetryDelay = Nanoseconds.seconds(60)
    /// How long a scan may find nothing before the adapter counts as failed. An empty hall is silent, too, so the
    /// timeout doubles up to an hour.
    package static let initialSilenceTimeout = Nanoseconds.seconds(90)
    package static let maximumSilenceTimeout = Nanoseconds.seconds(3_600)

    let choice: AdapterChoice
    var state = State.none
    var queue = ManagementCommandQueue()
    var adapters: [UInt16: AdapterInfo] = [:]
    var recovery = AdapterRecovery()
    /// Reported only after a delay: an adapter that is unplugged is first reported as off.
    var hasUnreportedPowerOff = false
    /// The controller failed to connect. Then a found device does not prove that it works.
    var hasConnectFailure = false
    var isDiscovering = false
    var nextDiscovery: MonotonicTime?
    /// When to power the adapter again.
    var retry: (due: MonotonicTime, delay: Nanoseconds)?
    var links: Set<BluetoothAddress> = []
    var silence: (since: MonotonicTime, timeout: Nanoseconds)?
    /// Adapters that no recovery step has helped.
    var abandoned: Set<UInt16> = []
    /// Notifications that are emitted only once.
    var emitted: Set<AdapterNotification> = []
    /// The pause between two runs of discovery. A longer one leaves more air time to the links.
    package var scanPause = Self.discoveryPause
    /// Whether the owner waits for the end of the scan.
    var awaitsScanStop = false
    var wantsDiscovery = false
    private var parameters: [ConnectionParameters] = []

    package init(choice: AdapterChoice = .any) {
        self.choice = choice
    }

    /// The adapter that is ready for use.
    package var adapter: (number: UInt16, info: AdapterInfo)? {
        guard case .ready(let number) = state, let info = adapters[number] else { return nil }
        return (number, info)
    }

    /// No scan is running or starting, and the connection parameters are loaded.
    var isScanStopped: Bool {
        guard case .ready = state, !wantsDiscovery, !isDiscovering else { return false }
        return ![.startDiscovery, .stopDiscovery, .loadConnectionParameters].contains { queue.contains($0) }
    }

    package var deadline: MonotonicTime? {
        let discovery = canStartDiscovery ? nextDiscovery : nil
        let silenceEnd = isDiscovering && links.isEmpty ? silence.map { $0.since + $0.timeout } : nil
        return [queue.deadline, retry?.due, discovery, silenceEnd].compactMap(\.self).min()
    }

    /// Call when the management socket has been opened: reads the state of all adapters again.
    package mutating func socketOpened() {
        queue = ManagementCommandQueue()
        (state, adapters, abandoned, links) = (.none, [:], [], [])
        (isDiscovering, retry, silence, hasConnectFailure) = (false, nil, nil, false)
        queue.add(.readIndexList, adapter: ManagementOpcode.noAdapter)
    }

    package mutating func nextPacket(at now: MonotonicTime) -> [UInt8]? {
        queue.next(at: now)
    }
}

extension AdapterSupervisor {
    /// Starts or stops scanning; nothing may scan while a connection is being made. After each stop, `scanStopped` is
    /// emitted as soon as no scan is running.
    package mutating func setDiscovery(_ isEnabled: Bool, at now: MonotonicTime) {
        awaitsScanStop = !isEnabled
        guard isEnabled != wantsDiscovery else { return }
        wantsDiscovery = isEnabled
        if isEnabled {
            nextDiscovery = now
            // The silence timeout counts only while scanning.
            silence?.since = now
            startDiscovery(at: now)
        } else if case .ready(let number) = state, isDiscovering {
            // A scan that is only just starting is stopped once it runs.
            queue.add(.stopDiscovery, adapter: number)
        }
    }

    /// Scans without waiting for the end of the pause. With `restarting`, a scan in progress ends first: the kernel reports
    /// each device once in a scan.
    package mutating func scanNow(restarting: Bool, at now: MonotonicTime) {
        guard wantsDiscovery, case .ready(let number) = state else { return }
        if isDiscovering {
            if restarting { queue.add(.stopDiscovery, adapter: number) }
        } else if !queue.contains(.startDiscovery) {
            nextDiscovery = now
            startDiscovery(at: now)
        }
    }

    /// Sets the connection parameters of all devices, replacing the previous ones.
    package mutating func loadParameters(_ parameters: [ConnectionParameters]) {
        guard parameters != self.parameters else { return }
        self.parameters = parameters
        if case .ready(let number) = state { queue.add(.loadConnectionParameters(parameters), adapter: number) }
    }

    /// Requests the links that the kernel still holds; they arrive as `linkUp`. The kernel keeps links for a while
    /// after a process has ended.
    package mutating func requestConnections() {
        if case .ready(let number) = state { queue.add(.readConnections, adapter: number) }
    }

    /// Requests the signal strength of a link, which arrives as `signal`.
    package mutating func readSignal(of address: BluetoothAddress) {
        if case .ready(let number) = state { queue.add(.readConnectionInfo(address), adapter: number) }
    }

    /// Call when a connection attempt has failed or a link has ended.
    package mutating func linkFailed(_ error: LinkError, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        guard error == .controllerTimeout else { return }
        hasConnectFailure = true
        recover(from: .link(error), at: now, emit)
    }

    private var canStartDiscovery: Bool {
        guard case .ready = state else { return false }
        return wantsDiscovery && !isDiscovering && !queue.contains(.startDiscovery)
    }

    mutating func startDiscovery(at now: MonotonicTime) {
        guard canStartDiscovery, case .ready(let number) = state, nextDiscovery.map({ now >= $0 }) ?? true else {
            return
        }
        nextDiscovery = nil
        queue.add(.startDiscovery, adapter: number)
    }

    mutating func becomeReady(_ number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        guard state != .ready(number), let info = adapters[number] else { return }
        state = .ready(number)
        (retry, isDiscovering, nextDiscovery) = (nil, false, now)
        hasUnreportedPowerOff = false
        emitted.removeAll()
        if !parameters.isEmpty { queue.add(.loadConnectionParameters(parameters), adapter: number) }
        emit(.ready(number, info))
        startDiscovery(at: now)
    }
}

/// Adapter selection, power-up and recovery.
extension AdapterSupervisor {
    /// The adapter in use, or being powered up.
    package var current: UInt16? {
        switch state {
        case .none: nil
        case .starting(let number), .ready(let number): number
        }
    }

    /// Selects the suitable adapter with the lowest number, unless one is in use.
    mutating func choose(at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        // Wait for the information of all adapters: the kernel lists them in any order.
        guard state == .none, !queue.contains(.readInfo) else { return }
        let candidates = adapters.filter { number, info in
            choice.includes(number, info) && info.supported.contains(.lowEnergy)
        }.keys
        guard let number = candidates.filter({ !abandoned.contains($0) }).min() else {
            return emitOnce(.noAdapter, emit)
        }
        state = .starting(number)
        retry = (now + Self.initialRetryDelay, Self.initialRetryDelay)
        let settings = adapters[number]?.current ?? []
        if settings.isSuperset(of: [.powered, .lowEnergy]) {
            becomeReady(number, at: now, emit)
        } else if settings.contains(.powered) {
            queue.add(.setLowEnergy(true), adapter: number)
        } else {
            powerUp(number)
        }
    }

    mutating func powerUp(_ number: UInt16) {
        if !queue.contains(.setPowered) { queue.add(.setPowered(true), adapter: number) }
    }

    /// The adapter is unavailable: select another one if possible.
    mutating func release(_ number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        queue.removeAll(for: number)
        state = .none
        (isDiscovering, links, retry, silence, hasConnectFailure) = (false, [], nil, nil, false)
        recovery = AdapterRecovery()
        hasUnreportedPowerOff = false
        emit(.removed(number))
        choose(at: now, emit)
    }

    /// Schedules another attempt with exponential back-off.
    mutating func scheduleRetry(at now: MonotonicTime) {
        let delay = min(Self.maximumRetryDelay, (retry?.delay ?? Self.initialRetryDelay / 2) * 2)
        retry = (now + delay, delay)
    }

    mutating func emitOnce(_ notification: AdapterNotification, _ emit: (AdapterNotification) -> Void) {
        if emitted.insert(notification).inserted { emit(notification) }
    }

    mutating func recover(
        from problem: AdapterProblem, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void
    ) {
        guard let number = current else { return }
        emit(.problem(problem))
        guard let step = recovery.nextStep(at: now) else { return }
        emit(.recoveryStep(step, number))
        switch step {
        case .restartDiscovery:
            queue.add(.stopDiscovery, adapter: number)
            (isDiscovering, nextDiscovery) = (false, now + Self.discoveryPause)
        case .powerCycle:
            state = .starting(number)
            (isDiscovering, links) = (false, [])
            queue.add(.setPowered(false), adapter: number)
            queue.add(.setPowered(true), adapter: number)
            retry = (now + AdapterRecovery.stepInterval, Self.initialRetryDelay)
        case .reset:
            // The receiver of the notification performs it. A settings event or a new adapter follows.
            state = .starting(number)
            (isDiscovering, links) = (false, [])
            retry = (now + AdapterRecovery.stepInterval, Self.initialRetryDelay)
        case .giveUp:
            let others = adapters.filter {
                $0 != number && choice.includes($0, $1) && $1.supported.contains(.lowEnergy)
            }
            guard !others.isEmpty else {
                retry = (now + AdapterRecovery.restInterval, AdapterRecovery.restInterval)
                return
            }
            // All adapters have been abandoned once: try them again.
            if others.keys.allSatisfy(abandoned.contains) { abandoned.removeAll() }
            abandoned.insert(number)
            release(number, at: now, emit)
        }
    }
}
