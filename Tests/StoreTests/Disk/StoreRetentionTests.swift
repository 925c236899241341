import Clocks
import Foundation
import Testing

@testable import Store

@Suite("Store retention") struct StoreRetentionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func pages(_ name: String) throws -> Int {
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        return Int(try database.integer("PRAGMA \(name)", activity: "testing") ?? 0)
    }

    @Test("the file stays within its megabytes, whatever comes in, and the newest entries stay")
    func bytes() throws {
        let policy = RetentionPolicy(days: nil, megabytes: 4)
        let harness = WriterHarness(folder) { $0.retention = policy }
        _ = try harness.open()
        var last: Int64 = 0
        var largest = 0
        var mostSteps = 0
        for _ in 0..<120 {
            _ = try harness.commit((last + 1...last + 500).map { .sample($0) })
            last += 500
            let steps = try harness.maintainFully().count
            mostSteps = max(mostSteps, steps)
            largest = max(largest, try pages("page_count") * 4_096)
        }
        #expect(largest <= 4 << 20)
        #expect(mostSteps <= 3)
        let entries = try folder.entries(after: last - 5_000)
        #expect(entries.map(\.sequence) == Array(last - 4_999...last))
        #expect(try folder.integrity() == "ok")
    }

    @Test("records of each group up to which number entries were deleted")
    func deletedThrough() throws {
        let harness = WriterHarness(folder) { $0.retention = RetentionPolicy(days: nil, megabytes: 4) }
        _ = try harness.open()
        for batch in 0..<80 {
            let first = Int64(batch) * 500 + 1
            _ = try harness.commit((first..<first + 500).map { .sample($0) })
            _ = try harness.maintainFully()
        }
        let oldest = try #require(try folder.entries().first)
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        let group = JournalGroup(kind: oldest.kind)
        #expect(oldest.sequence > 1)
        #expect(try StoreQueries.deletedThrough([oldest.kind], in: database) == oldest.sequence - 1)
        let other = group == .timer ? "impact" : "timer"
        #expect(try StoreQueries.deletedThrough([other], in: database) == 0)
        #expect(try StoreQueries.deletedThrough([other, oldest.kind], in: database) == oldest.sequence - 1)
    }

    @Test("reaches a lower limit in small steps, and returns the space to the file system")
    func shrinks() throws {
        let harness = WriterHarness(folder) { $0.retention = RetentionPolicy(days: nil, megabytes: 64) }
        _ = try harness.open()
        for batch in 0..<80 {
            let first = Int64(batch) * 1_000 + 1
            _ = try harness.commit((first..<first + 1_000).map { .sample($0) })
        }
        #expect(try pages("page_count") * 4_096 > 16 << 20)
        let policy = RetentionPolicy(days: nil, megabytes: 8)
        var report = try harness.maintain(policy)
        while report.hasMore {
            #expect(report.deleted <= policy.sliceEntries && report.freedPages <= policy.slicePages)
            report = try harness.maintain(policy)
        }
        #expect(try pages("page_count") * 4_096 <= 8 << 20)
        #expect(try folder.entries().last?.sequence == 80_000 || folder.entries().count == 10_000)
    }

    @Test("deletes by age only what is older, and numbers go on even if nothing is left")
    func age() throws {
        let day: Int64 = 86_400_000_000_000
        let now = SystemClock.wall().nanoseconds
        let harness = WriterHarness(folder) { $0.retention = RetentionPolicy(days: 10) }
        _ = try harness.open()
        let ages: [Int64] = [15, 12, 11, 9, 1]
        _ = try harness.commit(
            ages.enumerated().map { .sample(Int64($0) + 1, at: WallTime(nanoseconds: now - $1 * day)) })
        // This process has stored them itself, so they are young, whatever their times say.
        try harness.maintainFully()
        harness.clock.advance(by: .seconds(3_600))
        #expect(try harness.maintainFully().allSatisfy { $0.deleted == 0 && $0.expiresByAge })
        let next = WriterHarness(folder) { $0.retention = RetentionPolicy(days: 10) }
        try harness.close()
        _ = try next.open()
        // The clock is not trusted at once.
        #expect(try next.maintainFully().allSatisfy { $0.deleted == 0 && !$0.expiresByAge })
        next.clock.advance(by: .seconds(3_600))
        #expect(try next.maintainFully().map(\.deleted) == [3])
        #expect(try folder.entries().map(\.sequence) == [4, 5])
        #expect(try next.maintainFully(RetentionPolicy(days: 0)).map(\.deleted) == [2])
        let opening = try next.open(StoreIdentity(gatewayID: "gw-1"))
        #expect(opening.lastSequence == 5 && opening.lastStored == 0)
    }

    @Test("keeps what a follower has not received until space is needed, and then reports it")
    func followers() throws {
        let harness = WriterHarness(folder) { $0.retention = RetentionPolicy(days: 1, megabytes: 4) }
        _ = try harness.open()
        var last: Int64 = 0
        while last < 20_000 {
            _ = try harness.commit((last + 1...last + 500).map { .sample($0) }, cursors: ["fleet": 300])
            last += 500
        }
        var deleted = 0
        var unsent = 0
        for report in try harness.maintainFully() {
            deleted += report.deleted
            unsent += report.deletedUnacknowledged
        }
        #expect(deleted > 300 && unsent == deleted - 300)
        #expect(try folder.entries(after: last - 1).count == 1)
    }

    /// Entries of one kind, with the numbers after the last one.
    private func commit(_ kind: String, _ count: Int, after last: inout Int64, to harness: WriterHarness) throws {
        let numbers = last + 1...last + Int64(count)
        _ = try harness.commit(numbers.map { .sample($0, kind: kind) })
        last = numbers.upperBound
    }

    private static let rangeKinds: Set<String> = ["timer", "impact", "run", "device"]

    @Test("a flood of telemetry, or of impacts, erases nothing of the other kinds", arguments: ["heart", "impact"])
    func flood(kind: String) throws {
        let policy = RetentionPolicy(days: nil, megabytes: 4)
        let harness = WriterHarness(folder) { $0.retention = policy }
        _ = try harness.open()
        var last: Int64 = 0
        for kind in ["timer", "heart", "impact", "run", "device"] { try commit(kind, 400, after: &last, to: harness) }
        for _ in 0..<80 {
            try commit(kind, 500, after: &last, to: harness)
            try harness.maintainFully()
        }
        let kept = try folder.entries(kinds: Self.rangeKinds.subtracting([kind])).map(\.sequence)
        let expected = (1...2_000).filter { number in
            let group = (number - 1) / 400
            return group != 1 && !(kind == "impact" && group == 2)
        }
        #expect(kept == expected.map(Int64.init))
        if kind == "impact" { #expect(try folder.entries(kinds: ["heart"]).count == 400) }
        #expect(try pages("page_count") * 4_096 <= 4 << 20)
        #expect(try folder.integrity() == "ok")
    }

    @Test("the use of each group is known after a restart and after a crash, and is exact", arguments: [true, false])
    func groupBytes(closed: Bool) throws {
        let first = WriterHarness(folder) { $0.retention = RetentionPolicy(days: nil) }
        _ = try first.open()
        var last: Int64 = 0
        for kind in ["timer", "heart", "impact"] { try commit(kind, 700, after: &last, to: first) }
        try first.maintainFully()
        try commit("run", 300, after: &last, to: first)
        if closed { try first.close(last: last) }
        let crashed = try TemporaryFolder()
        for name in folder.names where !name.hasSuffix(".lock") {
            try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(crashed.path)/\(name)")
        }
        let second = WriterHarness(crashed) { $0.retention = RetentionPolicy(days: nil) }
        _ = try second.open()
        let usage = try #require(try second.maintainFully().last?.usage)
        let after = try second.maintain().usage
        #expect(usage.oldest != nil && after.groupBytes.isComplete)
        for (group, count) in [(JournalGroup.timer, 700), (.telemetry, 700), (.impact, 700), (.run, 300), (.audit, 0)] {
            #expect(after.groupBytes[group] == count * JournalGroupBytes.weight(190), "\(group)")
        }
    }

    @Test("a clock that jumps by 31 days for half a minute erases nothing")
    func clockJumps() throws {
        let harness = WriterHarness(folder) { $0.retention = RetentionPolicy(days: 30) }
        _ = try harness.open()
        let now = harness.clock.reading.moment.wall
        _ = try harness.commit((1...100).map { .sample($0, kind: "impact", at: now) })
        try harness.close(last: 100)
        let second = WriterHarness(folder) { $0.retention = RetentionPolicy(days: 30) }
        _ = try second.open()
        second.clock.advance(by: .seconds(3_600))
        try second.maintainFully()
        second.clock.advance(by: .seconds(3_600))
        try second.maintainFully()
        for jump in [31, -31, -31, 31] as [Int64] {
            second.clock.advance(by: .seconds(30), jumping: .seconds(jump * 86_400))
            try second.maintainFully()
        }
        #expect(try folder.entries().count == 100)
        // Time passes, and they expire.
        for _ in 0..<32 * 24 {
            second.clock.advance(by: .seconds(3_600))
            try second.maintainFully()
        }
        #expect(try folder.entries().isEmpty)
    }
}
