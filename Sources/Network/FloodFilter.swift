import Clocks

/// The sources that flood a socket, and how much of what they send reaches it: the kernel drops the rest at a fraction of
/// what it costs to receive it, so that the datagrams of others do not wait behind a full buffer.
struct FloodFilter {
    struct Limits {
        var window = Nanoseconds.milliseconds(20)
        /// More drops than this in a window are a flood,
        var dropsPerWindow = 500
        /// by the sources with more drops than this.
        var dropsPerSource = 4
        var sources = 128
        /// While the flood goes on, its datagrams are let through more rarely by this factor, at most as rarely as `rarest`.
        var factor: UInt32 = 8
        var rarest: UInt32 = 64
        /// After this long without a flood, twice as much is let through.
        var relaxation = Nanoseconds.seconds(2)
        /// The sources whose drops are counted in a window.
        var countedSources = 2_048
    }

    private let limits: Limits
    private var drops: [FairQueueSource: Int] = [:]
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
        guard let count = drops[source] else {
            if drops.count < limits.countedSources { drops[source] = 1 }
            return
        }
        drops[source] = count + 1
    }

    /// Datagrams of the sources that the kernel has dropped.
    mutating func recordFiltered(_ count: UInt64) { filtered += count }

    /// Ends the window if it is time. Whether the sources or the divisor have changed.
    mutating func update(at now: MonotonicTime) -> Bool {
        guard let end = windowEnd else {
            if !drops.isEmpty { windowEnd = now + limits.window }
            return false
        }
        guard now >= end else { return false }
        // A burst, and a long time later another drop.
        if isEmpty, now >= end + limits.window {
            drops.removeAll()
            windowEnd = nil
            return false
        }
        let isFlood = drops.values.reduce(0, +) > limits.dropsPerWindow
        let flooding = isFlood ? drops.filter { $0.value > limits.dropsPerSource } : [:]
        windowEnd = isEmpty && flooding.isEmpty ? nil : now + limits.window
        drops.removeAll(keepingCapacity: !isEmpty)
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

    private mutating func beginRelaxation(at now: MonotonicTime) {
        relaxesAt = now + limits.relaxation
        filtered = 0
    }

    /// The greediest sources find a place first.
    private mutating func restrict(_ flooding: [FairQueueSource: Int]) -> Bool {
        let before = (sources.count, divisor)
        for (source, _) in flooding.sorted(by: { $0.value > $1.value }) where sources.count < limits.sources {
            sources.insert(source)
        }
        divisor = min(limits.rarest, divisor * limits.factor)
        return before != (sources.count, divisor)
    }
}
