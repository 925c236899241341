import Foundation
import TestSupport
import Testing

@testable import Store

@Suite("Data store: crashes", .timeLimit(.minutes(10)), .enabled(if: AddressSanitizer.allowsProcesses))
struct CrashTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("killed at twenty random moments: the file is sound, nothing durable is lost, and there are no gaps")
    func kills() throws {
        var random = SeededGenerator(seed: 20)
        var runs: [(start: Int64, through: Int64)] = []
        for round in 1...20 {
            let writer = try ChildTool("store-crash-writer", [folder.database])
            let commits = Int.random(in: 0...25, using: &random)
            while writer.lines.count <= commits, writer.nextLine() != nil {}
            // Not to wait for anything: so that the kill comes anywhere between two commits, and in the middle of them.
            usleep(UInt32.random(in: 0...4_000, using: &random))
            writer.kill()

            let start = try #require(writer.last("start"), "round \(round): \(writer.lines)")
            let through = writer.last("through") ?? start
            #expect(try folder.integrity() == "ok", "round \(round)")
            let entries = try folder.entries(after: start)
            let last = entries.last?.sequence ?? start
            #expect(last >= through, "round \(round): \(through) was said to be safe, \(last) is the last one there")
            #expect(entries.map(\.sequence) == Array(start + 1..<last + 1), "round \(round): there are gaps")
            #expect(start > runs.last?.through ?? -1, "round \(round): numbers were given out twice")
            runs.append((start, last))
        }
        // Nothing of the earlier rounds was lost in the later ones.
        let expected = runs.flatMap { Array($0.start + 1..<$0.through + 1) }
        #expect(try folder.allSequences() == expected)

        let writer = try ChildTool("store-crash-writer", [folder.database, "--commits", "3"])
        #expect(writer.waitForExit() == 0 && writer.last("closed") == 0)
        #expect(try WriterHarness(folder).open().wasClosedCleanly)
    }

    @Test(
        "killed while it writes workouts: the file is sound, no frame that was said to be safe is missing, none is wrong"
    )
    func killedWorkouts() throws {
        var random = SeededGenerator(seed: 21)
        var safe: [Int: Int64] = [:]
        for round in 1...12 {
            let writer = try ChildTool("store-crash-writer", [folder.database, "--workouts", "yes"])
            let lines = random.number(1...30)
            while writer.lines.count <= lines, writer.nextLine() != nil {}
            usleep(UInt32(random.number(0...4_000)))
            writer.kill()
            var workout = 0
            for line in writer.lines {
                let words = line.split(separator: " ")
                guard words.count == 2, let number = Int64(words[1]) else { continue }
                if words[0] == "workout" { workout = Int(number) } else { safe[workout] = number }
            }
            #expect(try folder.integrity() == "ok", "round \(round)")
        }
        #expect(safe.count >= 10)
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        for (number, through) in safe {
            let workout = try #require(try WorkoutQueries.workout(.workout(number), in: database))
            #expect(workout.frames >= through, "workout \(number)")
            let rows = try WorkoutQueries.frames(of: workout.number, from: 0, maximumBytes: .max, in: database)
            let bytes = rows.flatMap(\.bytes)
            #expect(bytes.count == Int(workout.frames) * 120)
            let expected = (0..<Int(workout.frames)).flatMap { frame in
                (0..<120).map { UInt8(truncatingIfNeeded: frame &* 31 &+ $0 / 10) }
            }
            #expect(bytes == expected)
        }
    }

    @Test("survives a failing disk without losing anything")
    func failingDisk() throws {
        let writer = try ChildTool(
            "store-crash-writer", [folder.database, "--commits", "60", "--largest-file", "150000"])
        #expect(writer.waitForExit() == 0)
        #expect(writer.lines.contains("degraded io_error") && writer.lines.contains("recovered"))
        #expect(writer.last("closed") == 0)
        let last = try #require(writer.last("through"))
        let entries = try folder.allSequences()
        #expect(entries == Array(1...Int64(entries.count)) && Int64(entries.count) >= last)
        #expect(try folder.integrity() == "ok")
    }
}

extension TemporaryFolder {
    /// The numbers of all entries, however many.
    fileprivate func allSequences() throws -> [Int64] {
        let database = try SQLiteDatabase(path: database, access: .readOnly, activity: "testing")
        let statement = try database.prepare("SELECT seq FROM event ORDER BY seq", activity: "testing")
        var sequences: [Int64] = []
        while try statement.step() { sequences.append(statement.integer(0) ?? -1) }
        return sequences
    }
}

@Suite("Cost of the store", .timeLimit(.minutes(10)), .enabled(if: AddressSanitizer.allowsProcesses))
struct CostTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("appending allocates next to nothing: a timer for each commit, nothing for each entry")
    func appending() throws {
        let tool = try ChildTool("store-costs", [folder.database, "--only-appending"])
        #expect(tool.waitForExit() == 0)
        let allocations = try #require(tool.text(after: "append-allocations").flatMap { Double($0) })
        #if DEBUG
            // Without optimisation some values of each timer are boxed.
            #expect(allocations < 0.5)
        #else
            #expect(allocations < 0.1)
        #endif
    }
}
