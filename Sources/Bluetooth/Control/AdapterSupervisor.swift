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
    package static let firstRetry = Nanoseconds.seconds(2)
    package static let greatestRetry = Nanoseconds.seconds(60)
    /// An adapter in use hears something all the time; a hall at night is silent. So patience doubles, up to an hour.
    package static let firstSilence = Nanoseconds.seconds(90)
    package static let greatestSilence = Nanoseconds.seconds(3_600)

    let choice: AdapterChoice
    var state = State.none
    var queue = ManagementQueue()
    var adapters: [UInt16: AdapterInfo] = [:]
    var ladder = AdapterLadder()
    /// It is off, and nobody has been told yet: one that is pulled out is first said to be off.
    var isOffUntold = false
    /// A link could not be had because of the controller. That it hears something proves nothing then.
    var failsToConnect = false
    var isDiscovering = false
    var nextDiscovery: MonotonicTime?
    /// When to try again to switch the adapter on.
    var retry: (due: MonotonicTime, delay: Nanoseconds)?
    var links: Set<BluetoothAddress> = []
    var silence: (since: MonotonicTime, patience: Nanoseconds)?
    /// Passed over, because nothing helped.
    var hopeless: Set<UInt16> = []
    /// What has been said already, so that it is said once.
    var said: Set<AdapterNotice> = []
    /// Of the kernel's own discovery, before the next. Whoever has found everybody may let the links have the air.
    package var pause = Self.discoveryPause
    /// Whether somebody waits until nobody scans.
    var awaitsQuiet = false
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
    var isQuiet: Bool {
        guard case .ready = state, !wantsDiscovery, !isDiscovering else { return false }
        return ![.startDiscovery, .stopDiscovery, .loadConnectionParameters].contains { queue.has($0) }
    }

    package var deadline: MonotonicTime? {
        let discovery = mayDiscover ? nextDiscovery : nil
        let deaf = isDiscovering && links.isEmpty ? silence.map { $0.since + $0.patience } : nil
        return [queue.deadline, retry?.due, discovery, deaf].compactMap(\.self).min()
    }

    /// The management socket is open, maybe anew: what was known of adapters is asked again.
    package mutating func opened() {
        queue = ManagementQueue()
        (state, adapters, hopeless, links) = (.none, [:], [], [])
        (isDiscovering, retry, silence, failsToConnect) = (false, nil, nil, false)
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
    package mutating func discover(_ isWanted: Bool, at now: MonotonicTime) {
        awaitsQuiet = !isWanted
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
    package mutating func load(_ parameters: [ConnectionParameters]) {
        guard parameters != self.parameters else { return }
        self.parameters = parameters
        if case .ready(let number) = state { queue.add(.loadConnectionParameters(parameters), adapter: number) }
    }

    /// Those that the kernel keeps already come as notices: it does so for a while after a program has ended.
    package mutating func askForLinks() {
        if case .ready(let number) = state { queue.add(.readConnections, adapter: number) }
    }

    /// The answer comes as a notice.
    package mutating func readSignal(of address: BluetoothAddress) {
        if case .ready(let number) = state { queue.add(.readConnectionInfo(address), adapter: number) }
    }

    /// A link could not be had, or was lost.
    package mutating func linkFailed(_ loss: LinkLoss, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void) {
        guard loss == .controllerSilent else { return }
        failsToConnect = true
        trouble(.link(loss), at: now, emit)
    }

    private var mayDiscover: Bool {
        guard case .ready = state else { return false }
        return wantsDiscovery && !isDiscovering && !queue.has(.startDiscovery)
    }

    mutating func startDiscovery(at now: MonotonicTime) {
        guard mayDiscover, case .ready(let number) = state, nextDiscovery.map({ now >= $0 }) ?? true else { return }
        nextDiscovery = nil
        queue.add(.startDiscovery, adapter: number)
    }

    mutating func becomeReady(_ number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void) {
        guard state != .ready(number), let info = adapters[number] else { return }
        state = .ready(number)
        (retry, isDiscovering, nextDiscovery) = (nil, false, now)
        isOffUntold = false
        said.removeAll()
        if !parameters.isEmpty { queue.add(.loadConnectionParameters(parameters), adapter: number) }
        emit(.ready(number, info))
        startDiscovery(at: now)
    }
}
