import Clocks
import Foundation
import Reactor
import TestSupport
import Testing

@testable import Store

@Suite("Data store: workouts", .timeLimit(.minutes(10))) @ReactorActor
struct WorkoutsTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func text(_ entry: WorkoutEntry?) -> String? { entry.map { String(decoding: $0.document, as: UTF8.self) } }

    @Test("workouts, their changes and their frames are found at once and in the next process")
    func memory() async throws {
        let first = try StoreHarness(folder)
        _ = await first.start()
        first.store.put(.workout(try .sample(1)))
        first.store.put(.workout(try .sample(2, #"{"name":"Walk","steps":7}"#)))
        first.store.put(.frames(.sample(2, first: 0, count: 3)))
        first.store.put(.frames(.sample(2, first: 3, count: 2)))
        let members = try WorkoutDocument(parsing: Array(#"{"steps":8,"done":true}"#.utf8), maximumBytes: 100)
        for number in 1...2 {
            first.store.put(
                .workoutChange(
                    WorkoutChange(
                        id: .workout(2), number: UInt64(number), time: WallTime(nanoseconds: 3_000_000_000),
                        members: members)))
        }
        let found = try #require(try await first.store.workout(.workout(2)))
        #expect(found.frames == 5 && found.created.nanoseconds == 2_000_000_000)
        #expect(
            found.updated.nanoseconds == 5_000_000_003, "the time of the last frames is later than that of the change")
        #expect(text(found) == #"{"name":"Walk","steps":8,"done":true}"#)
        #expect(await first.close() == 0)

        let second = try StoreHarness(folder)
        _ = await second.start()
        #expect(try await second.store.workout(.workout(2)) == found)
        #expect(try await second.store.workout(.workout(9)) == nil)
        let rows = try await second.store.frames(of: found.number, from: 0, maximumBytes: .max)
        #expect(rows.map(\.first) == [0, 3] && rows.map(\.count) == [3, 2])
        #expect(rows.map(\.bytes) == [StoredFrames.sample(2, first: 0).bytes, StoredFrames.sample(2, first: 3).bytes])
        #expect(await second.close() == 0)
    }

    @Test("frames are read in pieces, beginning with the row that contains the first of them")
    func pieces() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for workout in 1...3 {
            harness.store.put(.workout(try .sample(workout)))
            for row in 0..<10 {
                harness.store.put(.frames(.sample(workout, first: Int64(row) * 10, count: 10, bytes: 100)))
            }
        }
        let number = try #require(try await harness.store.workout(.workout(2))).number
        func firsts(from first: Int64, _ bytes: Int) async throws -> [Int64] {
            try await harness.store.frames(of: number, from: first, maximumBytes: bytes).map(\.first)
        }
        #expect(try await firsts(from: 0, 150) == [0, 10])
        #expect(try await firsts(from: 25, 1) == [20])
        #expect(try await firsts(from: 30, 1_000) == [30, 40, 50, 60, 70, 80, 90])
        #expect(try await firsts(from: 99, 1_000) == [90])
        #expect(try await firsts(from: 100, 1_000).isEmpty)
        #expect(await harness.close() == 0)
    }

    @Test("a list is read page by page, newest first, and large documents are shortened there")
    func pages() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        let large = "{\"name\":\"x\",\"data\":\"\(String(repeating: "a", count: 2_000))\"}"
        for number in 1...25 { harness.store.put(.workout(try .sample(number, number == 25 ? large : "{\"n\":1}"))) }
        harness.store.put(.frames(.sample(24, first: 0, count: 4)))
        var page = try await harness.store.workouts(before: nil, limit: 10, maximumBytes: .max)
        #expect(page.entries.map(\.id) == (16...25).reversed().map { .workout($0) })
        #expect(page.total == 25 && page.next == 16)
        #expect(text(page.entries[0]) == #"{"name":"x","omitted_members":["data"]}"#)
        #expect(page.entries[1].frames == 4 && page.entries[2].frames == 0)
        page = try await harness.store.workouts(before: page.next, limit: 15, maximumBytes: .max)
        #expect(page.entries.map(\.id) == (1...15).reversed().map { .workout($0) } && page.next == nil)
        page = try await harness.store.workouts(before: nil, limit: 10, maximumBytes: 1)
        #expect(page.entries.count == 1 && page.next == 25)
        #expect(await harness.close() == 0)
    }

    @Test("a deleted workout takes its frames with it, and later frames of it are not stored")
    func deletion() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        for workout in 1...3 {
            harness.store.put(.workout(try .sample(workout)))
            harness.store.put(.frames(.sample(workout, first: 0)))
        }
        harness.store.put(.deleteWorkout(.workout(2)))
        harness.store.put(.frames(.sample(2, first: 1)))
        harness.store.put(.frames(.sample(7, first: 0)))
        #expect(try await harness.store.workout(.workout(2)) == nil)
        #expect(try await harness.store.workouts(before: nil, limit: 9, maximumBytes: .max).total == 2)
        #expect(await harness.close() == 0)
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        #expect(try database.integer("SELECT count(*) FROM workout_frames", activity: "testing") == 2)
    }

    @Test("the oldest workouts are deleted when there are too many or they take too much, the newest never")
    func retention() throws {
        var policy = RetentionPolicy(days: nil, megabytes: 64)
        policy.workouts = 5
        let harness = WriterHarness(folder) { $0.retention = policy }
        _ = try harness.open()
        _ = try harness.commit(writes: try (1...30).map { .workout(try .sample($0)) })
        try harness.maintainFully(policy)
        #expect(try folder.workouts() == [26, 27, 28, 29, 30])
        policy.workoutMegabytes = 1
        for workout in 26...30 {
            _ = try harness.commit(
                writes: (0..<7).map { .frames(.random(workout, first: Int64($0), bytes: 64 << 10)) })
        }
        try harness.maintainFully(policy)
        #expect(try folder.workouts() == [29, 30])
        _ = try harness.commit(
            writes: (8..<40).map { .frames(.random(30, first: Int64($0), bytes: 64 << 10)) })
        try harness.maintainFully(policy)
        #expect(try folder.workouts() == [30])
        try harness.close()
        #expect(try folder.integrity() == "ok")
    }

    @Test("a damaged row of frames is an error, not wrong frames")
    func damage() async throws {
        let harness = try StoreHarness(folder)
        _ = await harness.start()
        harness.store.put(.workout(try .sample(1)))
        harness.store.put(.frames(.sample(1, first: 0, bytes: 4_000)))
        let number = try #require(try await harness.store.workout(.workout(1))).number
        do {
            let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
            try database.execute("UPDATE workout_frames SET body = x'789c0102'", activity: "testing")
        }
        await #expect {
            _ = try await harness.store.frames(of: number, from: 0, maximumBytes: 1)
        } throws: { error in
            (error as? StoreError)?.reason == .corrupt
        }
        _ = await harness.close()
    }

    @Test("a damaged database gives its workouts and frames to the one that replaces it")
    func salvage() throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        _ = try harness.commit(writes: [.workout(try .sample(1)), .frames(.sample(1, first: 0, count: 9))])
        _ = try harness.open(moveAside: .sample(.corrupt))
        #expect(try folder.workouts() == [1])
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        #expect(try WorkoutQueries.workout(.workout(1), in: database)?.frames == 9)
    }

    @Test("what was committed twice, because the outcome was unknown, is there once")
    func repeated() throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        for _ in 0..<2 {
            _ = try harness.commit(writes: [.workout(try .sample(1)), .frames(.sample(1, first: 0, count: 9))])
        }
        #expect(try folder.workouts() == [1])
    }
}

extension TemporaryFolder {
    /// The numbers in the ids of all workouts.
    fileprivate func workouts() throws -> [Int] {
        let database = try SQLiteDatabase(path: database, access: .readOnly, activity: "testing")
        let statement = try database.prepare("SELECT id FROM workout ORDER BY number", activity: "testing")
        var numbers: [Int] = []
        while try statement.step() { numbers.append(Int(statement.text(0) ?? "", radix: 16) ?? -1) }
        return numbers
    }
}

extension StoredFrames {
    /// Bytes that cannot be compressed.
    fileprivate static func random(_ workout: Int, first: Int64, bytes: Int) -> StoredFrames {
        var random = SeededGenerator(seed: UInt64(first) + 1)
        return StoredFrames(
            workout: .workout(workout), first: first, count: 1, time: WallTime(nanoseconds: 1),
            bytes: random.bytes(bytes))
    }
}
