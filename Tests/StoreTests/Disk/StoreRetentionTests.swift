import Clocks
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
            var steps = 1
            while try harness.maintain().hasMore { steps += 1 }
            mostSteps = max(mostSteps, steps)
            largest = max(largest, try pages("page_count") * 4_096)
        }
        #expect(largest <= 4 << 20)
        #expect(mostSteps <= 3)
        let entries = try folder.entries(after: last - 5_000)
        #expect(entries.map(\.sequence) == Array(last - 4_999...last))
        #expect(try folder.integrity() == "ok")
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
        let report = try harness.maintain()
        #expect(report.deleted == 3 && !report.hasMore)
        #expect(try folder.entries().map(\.sequence) == [4, 5])
        #expect(try harness.maintain(RetentionPolicy(days: 0)).deleted == 2)
        let opening = try harness.open(StoreIdentity(gatewayID: "gw-1"))
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
        while true {
            let report = try harness.maintain()
            deleted += report.deleted
            unsent += report.deletedUnacknowledged
            guard report.hasMore else { break }
        }
        #expect(deleted > 300 && unsent == deleted - 300)
        #expect(try folder.entries(after: last - 1).count == 1)
    }
}
