import Clocks

/// Keeps one adapter going: chooses it, switches it on, lets it scan when it may, loads the parameters of links, and climbs
/// a ladder of remedies when it fails. Other adapters are never touched.
///
/// A value without any I/O: packets of the management socket in, packets and notices out, time as a parameter.
package struct AdapterSupervisor: Sendable {
    enum State: Equatable {
        /// No adapter that would do.
        case none
        case starting(UInt16)
        case ready(UInt16)
    }

    /// Of the kernel's own discovery, which ends by itself after some ten seconds, before the next.
    package static let discoveryPause = Nanoseconds.seconds(1)
    /// Before a command that was refused for a reason that may pass is tried again; doubled each time.
    package static let initialRetryDelay = Nanoseconds.seconds(2)
    package static let maximumRetryDelay = Nanoseconds.seconds(60)
    /// An adapter in use hears something all the time; a hall at night is silent. So patience doubles, up to an hour.
    package static let initialSilenceTimeout = Nanoseconds.seconds(90)
    package static let maximumSilenceTimeout = Nanoseconds.seconds(3_600)

    let choice: AdapterChoice
    var state = State.none
    var queue = ManagementCommandQueue()
    var adapters: [UInt16: AdapterInfo] = [:]
    var recovery = AdapterRecovery()
    /// It is off, and nobody has been told yet: one that is pulled out is first said to be off.
    var hasUnreportedPowerOff = false
    /// A link could not be had because of the controller. That it hears something proves nothing then.
    var hasConnectFailure = false
    var isDiscovering = false
    var nextDiscovery: MonotonicTime?
    /// When to try again to switch the adapter on.
    var retry: (due: MonotonicTime, delay: Nanoseconds)?
    var links: Set<BluetoothAddress> = []
    var silence: (since: MonotonicTime, patience: Nanoseconds)?
    /// Passed over, because nothing helped.
    var abandoned: Set<UInt16> = []
    /// What has been said already, so that it is said once.
    var emitted: Set<AdapterNotification> = []
    /// Of the kernel's own discovery, before the next. Whoever has found everybody may let the links have the air.
    package var scanPause = Self.discoveryPause
    /// Whether somebody waits until nobody scans.
    var awaitsScanStop = false
    var wantsDiscovery = false
    private var parameters: [ConnectionParameters] = []

    package init(choice: AdapterChoice = .any) {
        self.choice = choice
    }

    /// The adapter that can be used now.
    package var adapter: (number: UInt16, info: AdapterInfo)? {
        guard case .ready(let number) = state, let info = adapters[number] else { return nil }
        return (number, info)
    }

    /// Nobody scans, nor is about to, and the parameters of links are loaded: now somebody can be connected to.
    var isScanStopped: Bool {
        guard case .ready = state, !wantsDiscovery, !isDiscovering else { return false }
        return ![.startDiscovery, .stopDiscovery, .loadConnectionParameters].contains { queue.contains($0) }
    }

    package var deadline: MonotonicTime? {
        let discovery = canStartDiscovery ? nextDiscovery : nil
        let deaf = isDiscovering && links.isEmpty ? silence.map { $0.since + $0.patience } : nil
        return [queue.deadline, retry?.due, discovery, deaf].compactMap(\.self).min()
    }

    /// The management socket is open, maybe anew: what was known of adapters is asked again.
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

/// What its owner wants.
extension AdapterSupervisor {
    /// Whether it shall scan: not while somebody is being connected to. When it shall not, and nobody scans, that is told,
    /// each time anew.
    package mutating func setDiscovery(_ isWanted: Bool, at now: MonotonicTime) {
        awaitsScanStop = !isWanted
        guard isWanted != wantsDiscovery else { return }
        wantsDiscovery = isWanted
        if isWanted {
            nextDiscovery = now
            // Whoever has not listened has not been deaf.
            silence?.since = now
            startDiscovery(at: now)
        } else if case .ready(let number) = state, isDiscovering {
            // One that is about to begin is ended as soon as it has begun.
            queue.add(.stopDiscovery, adapter: number)
        }
    }

    /// How links to these devices shall be kept. Replaces what was said before.
    package mutating func loadParameters(_ parameters: [ConnectionParameters]) {
        guard parameters != self.parameters else { return }
        self.parameters = parameters
        if case .ready(let number) = state { queue.add(.loadConnectionParameters(parameters), adapter: number) }
    }

    /// Those that the kernel keeps already come as notices: it does so for a while after a program has ended.
    package mutating func requestConnections() {
        if case .ready(let number) = state { queue.add(.readConnections, adapter: number) }
    }

    /// The answer comes as a notice.
    package mutating func readSignal(of address: BluetoothAddress) {
        if case .ready(let number) = state { queue.add(.readConnectionInfo(address), adapter: number) }
    }

    /// A link could not be had, or was lost.
    package mutating func linkFailed(_ loss: LinkError, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        guard loss == .controllerTimeout else { return }
        hasConnectFailure = true
        recover(from: .link(loss), at: now, emit)
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
