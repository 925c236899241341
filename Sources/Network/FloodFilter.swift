import Clocks

/// The sources that flood a socket, and how much of what they send reaches it: the kernel drops the rest at a fraction of
/// what it costs to receive it, so that the datagrams of others do not wait behind a full buffer.
///
/// A host that floods from more ports than the fair queue serves separately is one source, with all of its ports, if most of
/// its datagrams are dropped: an honest program behind the same address shares the line of the flood in that queue anyway.
/// Programs on this machine share their address with everything that a proxy or a tunnel passes on, so they are always
/// distinguished by their ports.
struct FloodFilter {
    struct Limits {
        var window = Nanoseconds.milliseconds(20)
        /// More drops than this in a window are a flood,
        var dropsPerWindow = 500
        /// by the sources with more drops than this.
        var dropsPerSource = 4
        /// With drops at more ports than this, a host may be one source,
        var portsPerHost = 32
        /// if so many of its datagrams are dropped for each one that is not.
        var dropsPerAccepted = 3
        var sources = 128
        /// While the flood continues, its datagrams are let through more rarely by this factor, at most as rarely as `rarest`.
        var factor: UInt32 = 8
        var rarest: UInt32 = 64
        /// After this long without a flood, twice as much is let through.
        var relaxation = Nanoseconds.seconds(2)
        /// The sources whose drops are counted in a window, and the hosts.
        var countedSources = 2_048
        var countedHosts = 512
    }

    /// What arrived from a host in a window.
    private struct HostCounts {
        var drops = 0
        var accepted = 0
        /// With drops, as far as their sources are counted.
        var ports = 0
    }

    private let limits: Limits
    /// All drops of this window.
    private var dropCount = 0
    private var drops: [FairQueueSource: Int] = [:]
    /// An address of IPv6 counts as its network, all of which the kernel's filter drops.
    private var hosts: [IPAddress: HostCounts] = [:]
    private var windowEnd: MonotonicTime?
    private var relaxesAt = MonotonicTime(nanoseconds: 0)
    /// What the kernel has dropped since the last change or check.
    private var filtered: UInt64 = 0

    private(set) var sources: Set<FairQueueSource> = []
    /// One of this many datagrams of the sources is let through, by chance: a power of two.
    private(set) var divisor: UInt32 = 1

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    var isEmpty: Bool { sources.isEmpty }

    mutating func recordDrop(from source: FairQueueSource) {
        dropCount += 1
        let isNew = drops[source] == nil
        let isCounted = !isNew || drops.count < limits.countedSources
        if isCounted { drops[source, default: 0] += 1 }
        guard !source.host.isThisMachine else { return }
        let host = source.host.network
        guard hosts.count < limits.countedHosts || hosts[host] != nil else { return }
        hosts[host, default: HostCounts()].drops += 1
        if isNew, isCounted { hosts[host]?.ports += 1 }
    }

    /// A datagram that was not dropped; it counts for a host of which others were.
    mutating func recordAccepted(from host: IPAddress) {
        guard !hosts.isEmpty, let index = hosts.index(forKey: host.network) else { return }
        hosts.values[index].accepted += 1
    }

    /// Datagrams of the sources that the kernel has dropped.
    mutating func recordFiltered(_ count: UInt64) { filtered += count }

    /// Ends the window if it is time. Whether the sources or the divisor have changed.
    mutating func update(at now: MonotonicTime) -> Bool {
        guard let end = windowEnd else {
            if dropCount > 0 { windowEnd = now + limits.window }
            return false
        }
        guard now >= end else { return false }
        // A burst, and a long time later another drop.
        if isEmpty, now >= end + limits.window {
            forgetWindow()
            windowEnd = nil
            return false
        }
        let flooding = self.flooding
        windowEnd = isEmpty && flooding.isEmpty ? nil : now + limits.window
        forgetWindow()
        guard flooding.isEmpty else {
            beginRelaxation(at: now)
            return restrict(flooding)
        }
        guard !isEmpty, now >= relaxesAt else { return false }
        let isOver =
            Double(filtered) < Double(limits.dropsPerWindow) * (limits.relaxation.inSeconds / limits.window.inSeconds)
        beginRelaxation(at: now)
        guard isOver else { return false }
        divisor /= 2
        if divisor == 1 {
            sources = []
            windowEnd = nil
        }
        return true
    }

    private mutating func forgetWindow() {
        dropCount = 0
        drops.removeAll(keepingCapacity: !isEmpty)
        hosts.removeAll(keepingCapacity: !isEmpty)
    }

    /// The sources that flood in this window, with their drops.
    private var flooding: [FairQueueSource: Int] {
        guard dropCount > limits.dropsPerWindow else { return [:] }
        let whole = hosts.filter { isOneSource($0.value) }
        var flooding = drops.filter { $0.value > limits.dropsPerSource && whole[$0.key.host.network] == nil }
        for (host, counts) in whole { flooding[FairQueueSource(host: host, port: 0)] = counts.drops }
        return flooding
    }

    private func isOneSource(_ counts: HostCounts) -> Bool {
        counts.drops > limits.dropsPerWindow && counts.ports > limits.portsPerHost
            && counts.drops >= counts.accepted * limits.dropsPerAccepted
    }

    private mutating func beginRelaxation(at now: MonotonicTime) {
        relaxesAt = now + limits.relaxation
        filtered = 0
    }

    /// The greediest sources find a place first. A host takes the place of its ports.
    private mutating func restrict(_ flooding: [FairQueueSource: Int]) -> Bool {
        let before = (sources, divisor)
        for (source, _) in flooding.sorted(by: { $0.value > $1.value }) {
            let host = FairQueueSource(host: source.host.network, port: 0)
            guard !sources.contains(host) else { continue }
            if source == host { sources = sources.filter { $0.host.network != host.host } }
            if sources.count < limits.sources { sources.insert(source) }
        }
        divisor = min(limits.rarest, divisor * limits.factor)
        return before != (sources, divisor)
    }
}
