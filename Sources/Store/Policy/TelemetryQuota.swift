import Clocks

/// Limits what is stored of each source of telemetry, such as a heart user: a burst, and a rate that no honest source
/// exceeds for long. One source can neither fill the journal nor occupy the disk.
package struct TelemetryQuota: Sendable {
    package struct Limits: Equatable, Sendable {
        package var burst = 10_000
        package var perSecond = 10
        /// Sources that are tracked; further ones share one quota.
        package var sources = 2_048

        package init() {}
    }

    private let interval: Nanoseconds
    private let tolerance: Nanoseconds
    private let maximumSources: Int
    /// When the quota of each source is unused again.
    private var unusedAt: [String: MonotonicTime] = [:]
    private var othersUnusedAt: MonotonicTime?
    /// The table is full, and none of its quotas is unused before this moment.
    private var fullUntil: MonotonicTime?

    package init(_ limits: Limits = Limits()) {
        interval = .seconds(1) / Int64(max(1, limits.perSecond))
        tolerance = interval * Int64(max(1, limits.burst))
        maximumSources = limits.sources
    }

    package var trackedSources: Int { unusedAt.count }

    /// Whether an entry of this source is stored now. If so, it counts.
    package mutating func admits(_ source: String, at now: MonotonicTime) -> Bool {
        if let index = unusedAt.index(forKey: source) { return charge(&unusedAt.values[index], now) }
        if unusedAt.count >= maximumSources { removeUnused(at: now) }
        guard unusedAt.count < maximumSources else {
            var others = othersUnusedAt ?? now
            defer { othersUnusedAt = others }
            return charge(&others, now)
        }
        unusedAt[source] = now + interval
        return true
    }

    private func charge(_ unusedAt: inout MonotonicTime, _ now: MonotonicTime) -> Bool {
        let next = max(unusedAt, now) + interval
        guard next - now <= tolerance else { return false }
        unusedAt = next
        return true
    }

    /// Unused quotas need not be remembered.
    private mutating func removeUnused(at now: MonotonicTime) {
        if let fullUntil, now < fullUntil { return }
        unusedAt = unusedAt.filter { $0.value > now }
        fullUntil = unusedAt.count < maximumSources ? nil : unusedAt.values.min()
    }
}
