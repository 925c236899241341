import Clocks
import Testing

@testable import Store

@Suite("Retention") struct RetentionPolicyTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let now = WallTime(nanoseconds: 20_000 * day)

    /// A file with so many MiB in use and entries up to so many days old.
    private static func usage(
        usedMiB: Int, freePages: Int = 0, oldestDays: Int64 = 1, acknowledged: Int64? = nil
    ) -> StoreUsage {
        StoreUsage(
            pageSize: 4_096, pages: usedMiB * 256 + freePages, freePages: freePages,
            oldest: .init(sequence: 1_000, time: WallTime(nanoseconds: now.nanoseconds - oldestDays * day)),
            newest: .init(sequence: 90_000, time: now), acknowledged: acknowledged)
    }

    let policy = RetentionPolicy(days: 30, megabytes: 64)

    @Test("does nothing within both limits")
    func nothing() {
        #expect(policy.step(for: Self.usage(usedMiB: 60), now: Self.now) == .nothing)
    }

    @Test("deletes the oldest events above the size, which leaves room for reuse")
    func size() {
        #expect(policy.step(for: Self.usage(usedMiB: 61), now: Self.now) == .deleteOldest(atMost: 1_000))
    }

    @Test("keeps events that are exactly 30 days old, and deletes older ones")
    func age() {
        #expect(policy.step(for: Self.usage(usedMiB: 1, oldestDays: 30), now: Self.now) == .nothing)
        let cutoff = WallTime(nanoseconds: Self.now.nanoseconds - 30 * Self.day)
        #expect(
            policy.step(for: Self.usage(usedMiB: 1, oldestDays: 31), now: Self.now)
                == .deleteExpired(before: cutoff, through: .max, atMost: 1_000))
    }

    @Test("keeps what a follower has not received beyond the days, but not beyond the megabytes")
    func followers() {
        let waiting = Self.usage(usedMiB: 1, oldestDays: 31, acknowledged: 999)
        #expect(policy.step(for: waiting, now: Self.now) == .nothing)
        let cutoff = WallTime(nanoseconds: Self.now.nanoseconds - 30 * Self.day)
        #expect(
            policy.step(for: Self.usage(usedMiB: 1, oldestDays: 31, acknowledged: 1_000), now: Self.now)
                == .deleteExpired(before: cutoff, through: 1_000, atMost: 1_000))
        #expect(
            policy.step(for: Self.usage(usedMiB: 70, acknowledged: 999), now: Self.now) == .deleteOldest(atMost: 1_000))
    }

    @Test("only the size counts without days")
    func noDays() {
        let policy = RetentionPolicy(days: nil, megabytes: 64)
        #expect(policy.step(for: Self.usage(usedMiB: 1, oldestDays: 9_999), now: Self.now) == .nothing)
    }

    @Test("returns free pages that the next events do not need, in slices")
    func shrink() {
        #expect(policy.step(for: Self.usage(usedMiB: 1, freePages: 1_024), now: Self.now) == .nothing)
        #expect(policy.step(for: Self.usage(usedMiB: 1, freePages: 1_025), now: Self.now) == .shrink(pages: 1))
        #expect(policy.step(for: Self.usage(usedMiB: 1, freePages: 9_000), now: Self.now) == .shrink(pages: 256))
    }

    @Test("leaves an empty journal alone, whatever its size")
    func empty() {
        let usage = StoreUsage(pageSize: 4_096, pages: 1_000_000, freePages: 0)
        #expect(policy.step(for: usage, now: Self.now) == .nothing)
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
}
