import Clocks
import TestSupport
import Testing

@testable import Store

@Suite("Retention") struct RetentionPolicyTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let now = WallTime(nanoseconds: 20_000 * day)

    /// A file with so many MiB in use and entries up to so many days old.
    private static func usage(
        usedMiB: Int, freePages: Int = 0, oldestDays: Int64 = 1, acknowledged: Int64? = nil,
        groups: [JournalGroup: Int] = [:]
    ) -> StoreUsage {
        var groupBytes = JournalGroupBytes()
        groupBytes.isComplete = true
        groupBytes[.telemetry] = groups.isEmpty ? usedMiB << 20 : 0
        for (group, mebibytes) in groups { groupBytes[group] = mebibytes << 20 }
        return StoreUsage(
            pageSize: 4_096, pages: usedMiB * 256 + freePages, freePages: freePages,
            oldest: .init(sequence: 1_000, time: WallTime(nanoseconds: now.nanoseconds - oldestDays * day)),
            newest: .init(sequence: 90_000, time: now), acknowledged: acknowledged, groupBytes: groupBytes)
    }

    private static let expiry = RetentionPolicy.Expiry(now: now)

    let policy = RetentionPolicy(days: 30, megabytes: 64)

    @Test("does nothing within both limits")
    func nothing() {
        #expect(policy.step(for: Self.usage(usedMiB: 60), Self.expiry) == .nothing)
    }

    @Test("deletes the oldest events above the size, which leaves room for reuse")
    func size() {
        #expect(policy.step(for: Self.usage(usedMiB: 61), Self.expiry) == .evict(.telemetry, atMost: 1_000))
    }

    @Test("keeps events that are exactly 30 days old, and deletes older ones")
    func age() {
        #expect(policy.step(for: Self.usage(usedMiB: 1, oldestDays: 30), Self.expiry) == .nothing)
        let cutoff = WallTime(nanoseconds: Self.now.nanoseconds - 30 * Self.day)
        #expect(
            policy.step(for: Self.usage(usedMiB: 1, oldestDays: 31), Self.expiry)
                == .deleteExpired(before: cutoff, through: .max, atMost: 1_000))
    }

    @Test("keeps what a follower has not received beyond the days, but not beyond the megabytes")
    func followers() {
        let waiting = Self.usage(usedMiB: 1, oldestDays: 31, acknowledged: 999)
        #expect(policy.step(for: waiting, Self.expiry) == .nothing)
        let cutoff = WallTime(nanoseconds: Self.now.nanoseconds - 30 * Self.day)
        #expect(
            policy.step(for: Self.usage(usedMiB: 1, oldestDays: 31, acknowledged: 1_000), Self.expiry)
                == .deleteExpired(before: cutoff, through: 1_000, atMost: 1_000))
        #expect(
            policy.step(for: Self.usage(usedMiB: 70, acknowledged: 999), Self.expiry)
                == .evict(.telemetry, atMost: 1_000))
    }

    @Test("only the size counts without days")
    func noDays() {
        let policy = RetentionPolicy(days: nil, megabytes: 64)
        #expect(policy.step(for: Self.usage(usedMiB: 1, oldestDays: 9_999), Self.expiry) == .nothing)
    }

    @Test("returns free pages that the next events do not need, in slices")
    func shrink() {
        #expect(policy.step(for: Self.usage(usedMiB: 1, freePages: 1_024), Self.expiry) == .nothing)
        #expect(policy.step(for: Self.usage(usedMiB: 1, freePages: 1_025), Self.expiry) == .shrink(pages: 1))
        #expect(policy.step(for: Self.usage(usedMiB: 1, freePages: 9_000), Self.expiry) == .shrink(pages: 256))
    }

    @Test("leaves an empty journal alone, whatever its size")
    func empty() {
        let usage = StoreUsage(pageSize: 4_096, pages: 1_000_000, freePages: 0)
        #expect(policy.step(for: usage, Self.expiry) == .nothing)
    }

    @Test("estimates how far back a full journal reaches")
    func expectedSpan() {
        let usage = Self.usage(usedMiB: 16, oldestDays: 2)
        #expect(usage.expectedSpan(in: policy) == .seconds(8 * 86_400))
        #expect(usage.expectedSpan(in: RetentionPolicy(days: 5, megabytes: 64)) == .seconds(5 * 86_400))
        let tiny = StoreUsage(pageSize: 4_096, pages: 3, freePages: 0)
        #expect(tiny.expectedSpan(in: policy) == nil)
        let endless = RetentionPolicy(days: nil, megabytes: 1_000_000)
        #expect(usage.expectedSpan(in: endless) == .seconds(36_525 * 86_400))
    }

    @Test("raises a limit that is too small to be useful")
    func least() {
        #expect(RetentionPolicy(megabytes: 0).megabytes == RetentionPolicy.minimumMegabytes)
    }

    @Test("nothing expires by age while the clock cannot be trusted, but the size still counts")
    func untrustedClock() {
        #expect(policy.step(for: Self.usage(usedMiB: 1, oldestDays: 9_999), nil) == .nothing)
        #expect(policy.step(for: Self.usage(usedMiB: 61), nil) == .evict(.telemetry, atMost: 1_000))
    }

    @Test("what this process has stored expires no earlier than it has run for the days")
    func ownEntries() {
        let expiry = RetentionPolicy.Expiry(now: Self.now, through: 999)
        #expect(policy.step(for: Self.usage(usedMiB: 1, oldestDays: 31), expiry) == .nothing)
    }

    @Test("counts before it decides")
    func uncounted() {
        var usage = Self.usage(usedMiB: 61)
        usage.groupBytes.isComplete = false
        #expect(policy.step(for: usage, Self.expiry) == .count(atMost: 20_000))
    }

    nonisolated private static let evictions: [([JournalGroup: Int], JournalGroup)] = [
        ([.telemetry: 30, .timer: 1, .impact: 40, .run: 1, .audit: 1], .telemetry),
        ([.telemetry: 1, .timer: 20, .impact: 40, .run: 1, .audit: 1], .impact),
        ([.telemetry: 1, .timer: 20, .impact: 10, .run: 1, .audit: 40], .audit),
        // Everything is within its share: other tables fill the file.
        ([.telemetry: 1, .timer: 2, .impact: 3, .run: 1, .audit: 1], .telemetry),
        ([.timer: 2, .impact: 3], .timer),
    ]

    @Test("evicts telemetry first, then the group that is furthest above its share", arguments: evictions)
    func groups(bytes: [JournalGroup: Int], evicted: JournalGroup) {
        let usage = Self.usage(usedMiB: 61, groups: bytes)
        #expect(policy.step(for: usage, Self.expiry) == .evict(evicted, atMost: 1_000))
    }

    @Test("no flood pushes a group below its share, and the file shrinks to its limit", arguments: 1...50)
    func shares(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = 60 << 20
        var bytes = JournalGroup.allCases.map { _ in random.number(0...80 << 20) }
        let before = bytes
        while bytes.reduce(0, +) > limit {
            var usage = Self.usage(usedMiB: 0)
            usage.pages = (bytes.reduce(0, +) + 4_095) / 4_096
            for group in JournalGroup.allCases { usage.groupBytes[group] = bytes[group.rawValue] }
            guard case .evict(let group, _) = policy.step(for: usage, Self.expiry) else { break }
            bytes[group.rawValue] -= min(bytes[group.rawValue], 100_000)
        }
        #expect(bytes.reduce(0, +) <= limit)
        for group in JournalGroup.allCases {
            let share = limit / 16 * group.share
            #expect(bytes[group.rawValue] >= min(before[group.rawValue], share - 100_000), "\(group)")
        }
        // Telemetry gives way to all others.
        if bytes[0] > limit / 16 { #expect(Array(bytes[1...]) == Array(before[1...])) }
    }

    @Test("finds the expired entries by their order, although some were stored while the clock was wrong")
    func expiredPrefix() {
        func count(_ days: [Int64], atMost maximum: Int = 100) -> Int {
            var prefix = RetentionPolicy.ExpiredPrefix(
                before: WallTime(nanoseconds: 10 * Self.day), now: WallTime(nanoseconds: 40 * Self.day), atMost: maximum
            )
            for day in days where !prefix.add(WallTime(nanoseconds: day * Self.day)) { break }
            return prefix.count
        }
        #expect(count([1, 2, 9, 10, 11]) == 3)
        #expect(count([]) == 0 && count([10]) == 0)
        // From the future: as old as the next one that is old, and of unknown age without one.
        #expect(count([1, 90, 91, 9, 10]) == 4)
        #expect(count([1, 90, 91, 20]) == 1)
        #expect(count([90, 91]) == 0)
        // From before the clock was set, behind an entry that is young.
        #expect(count([1, 30, 0, 0, 31]) == 1)
        #expect(count([1, 2, 3, 4], atMost: 2) == 2)
    }
}

@Suite("Trust in the clock") struct ClockTrustTests {
    private static let hour: Int64 = 3_600

    /// Observes the clocks at seconds after the start, with the wall clock's error in seconds.
    private func isTrusted(_ readings: [(at: Int64, error: Int64, isSynchronised: Bool)]) -> Bool {
        var trust = ClockTrust()
        var result = false
        for reading in readings {
            let moment = Moment(
                monotonic: MonotonicTime(nanoseconds: reading.at * 1_000_000_000),
                wall: WallTime(nanoseconds: (1_790_000_000 + reading.at + reading.error) * 1_000_000_000))
            result = trust.observe(.init(moment, isSynchronised: reading.isSynchronised))
        }
        return result
    }

    @Test("a synchronised clock is trusted after an hour")
    func steady() {
        #expect(!isTrusted([(0, 0, true)]))
        #expect(!isTrusted([(0, 0, true), (Self.hour - 1, 0, true)]))
        #expect(isTrusted([(0, 0, true), (Self.hour, 0, true)]))
        // Synchronisation adjusts it slightly.
        #expect(isTrusted([(0, 0, true), (1_800, 30, true), (Self.hour, 60, true)]))
    }

    @Test("a clock that is not synchronised is not trusted, however long it runs")
    func unsynchronised() {
        #expect(!isTrusted([(0, 0, false), (1_000_000, 0, false)]))
        #expect(!isTrusted([(0, 0, true), (Self.hour, 0, true), (Self.hour + 1, 0, false)]))
        #expect(!isTrusted([(0, 0, true), (Self.hour, 0, false), (Self.hour + 1, 0, true)]))
    }

    nonisolated private static let jumpsInSeconds: [Int64] = [31 * 86_400, -31 * 86_400, 61, -61]

    @Test("a jump, forwards or backwards, begins a new hour", arguments: jumpsInSeconds)
    func jumps(seconds: Int64) {
        let before: [(at: Int64, error: Int64, isSynchronised: Bool)] = [(0, 0, true), (Self.hour, 0, true)]
        #expect(!isTrusted(before + [(Self.hour + 10, seconds, true)]))
        // It jumps back after half a minute.
        #expect(!isTrusted(before + [(Self.hour + 10, seconds, true), (Self.hour + 40, 0, true)]))
        #expect(!isTrusted(before + [(Self.hour + 10, seconds, true), (2 * Self.hour + 9, seconds, true)]))
        #expect(isTrusted(before + [(Self.hour + 10, seconds, true), (2 * Self.hour + 10, seconds, true)]))
    }
}

@Suite("Quota of a source") struct TelemetryQuotaTests {
    private static func limits(burst: Int = 20, perSecond: Int = 10, sources: Int = 4) -> TelemetryQuota.Limits {
        var limits = TelemetryQuota.Limits()
        (limits.burst, limits.perSecond, limits.sources) = (burst, perSecond, sources)
        return limits
    }

    /// How many of a thousand entries are admitted.
    private static func admitted(_ source: String, _ quota: inout TelemetryQuota, at seconds: Double) -> Int {
        var count = 0
        for _ in 0..<1_000 where quota.admits(source, at: .seconds(seconds)) { count += 1 }
        return count
    }

    @Test("admits a burst, and then the rate; another source has its own quota")
    func burst() {
        var quota = TelemetryQuota(Self.limits())
        var counts = [Self.admitted("a", &quota, at: 0), Self.admitted("b", &quota, at: 0)]
        counts += [Self.admitted("a", &quota, at: 0.5), Self.admitted("a", &quota, at: 100)]
        #expect(counts == [20, 20, 5, 20])
    }

    @Test("any flood of one source stores no more than the burst and the rate", arguments: 1...20)
    func flood(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var quota = TelemetryQuota(Self.limits())
        var (now, admitted) = (0.0, 0)
        for _ in 0..<20_000 {
            now += Double(random.number(0...4_000)) / 1_000_000
            if quota.admits("a", at: .seconds(now)) { admitted += 1 }
        }
        #expect(admitted <= 20 + Int(now * 10) + 1)
        #expect(admitted >= 20 + Int(now * 10) - 1)
    }

    @Test("sources beyond the limit share one quota; a quiet one makes room")
    func sources() {
        var quota = TelemetryQuota(Self.limits())
        for name in ["a", "b", "c", "d"] { _ = Self.admitted(name, &quota, at: 0) }
        var forged = 0
        for number in 0..<1_000 where quota.admits("forged \(number)", at: .seconds(0)) { forged += 1 }
        #expect(forged == 20 && quota.trackedSources == 4)
        let later = Self.admitted("e", &quota, at: 3)
        #expect(later == 20 && quota.trackedSources == 1)
    }
}
