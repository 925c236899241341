import CSQLite
import Clocks
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite("Store files that are damaged, foreign, full or gone") struct StoreDamageTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A journal with entries 1...100, closed in order.
    private func makeStore() throws -> String {
        let harness = WriterHarness(folder)
        let name = try harness.open().gatewayID
        _ = try harness.commit((1...100).map { .sample($0) })
        try harness.close(last: 100)
        return name
    }

    @Test("moves a file with a damaged header aside, and continues in a new one")
    func header() throws {
        _ = try makeStore()
        try folder.damage(at: 0, with: Array("This is no data base at all".utf8))
        let harness = WriterHarness(folder)
        let failure = try #require(harness.openError())
        #expect(failure.reason == .corrupt)
        let opening = try harness.open(StoreIdentity(gatewayID: "gw-1", lastSequence: 100), moveAside: failure)
        #expect(opening.wasCreated && opening.gatewayID == "gw-1" && opening.lastSequence == 100)
        let moved = folder.names.filter { $0.hasPrefix("gateway.db.corrupt-20") }
        #expect(
            moved.count == 1 && harness.events == [.movedAside(to: "\(folder.path)/\(moved[0])", failure, salvaged: 0)])
        #expect(
            FileManager.default.contents(atPath: "\(folder.path)/\(moved[0])")?.starts(with: "This is".utf8) == true)
        #expect(try harness.commit([.sample(101)]).entries == 1)
        #expect(try folder.entries().map(\.sequence) == [101])
    }

    @Test("continues with numbers above all possible ones when the old journal is unreadable")
    func unreadableAtStart() throws {
        _ = try makeStore()
        try folder.damage(at: 0, with: [UInt8](repeating: 0xee, count: 4_096))
        let harness = WriterHarness(folder)
        let failure = try #require(harness.openError())
        let before = SystemClock.wall().nanoseconds / 1_000_000
        let opening = try harness.open(moveAside: failure)
        #expect(opening.lastSequence >= before && opening.lastSequence < before + 3_600_000)
    }

    @Test("takes over the id and the last number of a damaged journal")
    func salvage() throws {
        let name = try makeStore()
        let harness = WriterHarness(folder)
        let opening = try harness.open(moveAside: .sample(.corrupt))
        #expect(opening.wasCreated && opening.gatewayID == name && opening.lastSequence == 100)
    }

    @Test("detects a truncated file, wherever it ends")
    func truncated() throws {
        _ = try makeStore()
        let whole = try #require(FileManager.default.contents(atPath: folder.database))
        for length in stride(from: 0, through: whole.count, by: 1_531) {
            let part = try TemporaryFolder()
            try part.makeFile(part.database, whole.prefix(length))
            let harness = WriterHarness(part)
            if let failure = harness.openError() ?? harness.commitError([.sample(1_000)]) {
                #expect(failure.reason == .corrupt, "cut at \(length): \(failure)")
                #expect(try harness.open(moveAside: failure).wasCreated)
            }
            #expect(try harness.commit([.sample(1_001)]).entries == 1, "cut at \(length)")
        }
    }

    @Test("reports and keeps a file that was truncated to a few bytes, with its log", arguments: [0, 1, 511])
    func emptied(length: Int) throws {
        _ = try makeStore()
        let whole = try #require(FileManager.default.contents(atPath: folder.database))
        try folder.makeFile(folder.database, whole.prefix(length))
        try folder.makeFile(folder.database + "-wal", Data("the log of the lost runs".utf8))
        let harness = WriterHarness(folder)
        let failure = try #require(harness.openError())
        #expect(failure.reason == .corrupt && failure.detail == "it has only \(length) bytes")
        let opened = try harness.open(moveAside: failure)
        #expect(opened.wasCreated && opened.lastSequence > 1_000_000_000 && opened.state.lastRun > 1_000_000_000)
        let kept = try #require(folder.names.first { folder.isDamaged("\(folder.path)/\($0)") })
        #expect(FileManager.default.contents(atPath: "\(folder.path)/\(kept)") == whole.prefix(length))
        #expect(folder.names.contains(kept + "-wal"))
        guard case .movedAside = harness.events.first else {
            Issue.record("\(harness.events)")
            return
        }
    }

    @Test("survives or reports damage anywhere, and works after moving the file aside", arguments: 1...40)
    func scribbled(seed: Int) throws {
        _ = try makeStore()
        var random = SeededGenerator(seed: UInt64(seed))
        let size = try #require(FileManager.default.contents(atPath: folder.database)).count
        for _ in 0..<20 {
            // Not the fields that name another program's file: that is another test.
            let offset = Int.random(in: 100..<size - 8, using: &random)
            try folder.damage(
                at: UInt64(offset), with: (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        let harness = WriterHarness(folder)
        var failure = harness.openError()
        if failure == nil { failure = harness.commitError([.sample(200)]) }
        if let failure { _ = try harness.open(moveAside: failure) }
        #expect(try harness.commit([.sample(1 << 42)]).entries == 1, "seed \(seed)")
    }

    @Test("treats an implausible number as damage, and does not take it over")
    func unbelievableNumber() throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        let highest = OpenedStore.highestPlausibleSequence
        let time = WallTime(nanoseconds: 0)
        _ = try harness.commit([.sample(highest, at: time)])
        #expect(try harness.open(StoreIdentity(gatewayID: "gw-1")).lastSequence == highest)
        _ = try harness.commit([.sample(highest + 1, at: time)])
        let failure = try #require(harness.openError())
        #expect(failure.reason == .corrupt)
        #expect(try harness.open(moveAside: failure).lastSequence < highest)
    }

    @Test("treats an implausible number of a run as damage", arguments: [Int64.max, (1 << 40) + 1, -1] as [Int64])
    func unbelievableRun(number: Int64) throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        do {
            let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
            try database.execute(
                "DELETE FROM sqlite_sequence WHERE name = 'run'; INSERT INTO sqlite_sequence(name, seq) VALUES('run', \(number))",
                activity: "testing")
        }
        let failure = try #require(harness.openError())
        #expect(failure.reason == .corrupt)
        let lastRun = try harness.open(moveAside: failure).state.lastRun
        #expect(0...OpenedStore.highestPlausibleRun ~= lastRun)
    }

    @Test("retains only so many damaged files, the newest")
    func damagedFilesKept() throws {
        let harness = WriterHarness(folder) { $0.maximumDamagedFiles = 2 }
        _ = try harness.open()
        for _ in 0..<4 { _ = try harness.open(moveAside: .sample(.corrupt)) }
        #expect(folder.names.filter { $0.contains(".corrupt-") && !$0.hasSuffix("-wal") }.count == 2)
        #expect(harness.events.count == 6)
    }

    @Test("leaves the file of a newer gateway alone, and says what to do")
    func newer() throws {
        _ = try makeStore()
        do {
            let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
            try database.execute("PRAGMA user_version = \(StoreSchema.version + 1)", activity: "testing")
        }
        let failure = try #require(WriterHarness(folder).openError())
        #expect(failure.reason == .newerSchema(found: StoreSchema.version + 1, known: StoreSchema.version))
        #expect(
            failure.description
                == "\(folder.database): it was written by a newer gateway (schema version \(StoreSchema.version + 1), "
                + "this one knows \(StoreSchema.version)) (user_version is \(StoreSchema.version + 1)); install that version again, or move the file away to start with an empty one"
        )
        #expect(try folder.entries().count == 100)
    }

    @Test("leaves another program's database alone")
    func foreign() throws {
        do {
            let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
            try database.execute("CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)", activity: "testing")
        }
        #expect(WriterHarness(folder).openError()?.reason == .foreign)
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        #expect(try database.integer("SELECT count(*) FROM sqlite_schema", activity: "testing") == 1)
    }

    @Test("reports a read-only file")
    func readOnly() throws {
        _ = try makeStore()
        // Permissions do not stop root, where tests may run. A format number from the future makes SQLite itself
        // treat the file as one that it may read, but not write.
        try folder.damage(at: 18, with: [3])
        let failure = WriterHarness(folder).openError()
        #expect(failure?.reason == .readOnly)
        #expect(failure?.description.contains("writable for the gateway's user") == true)
    }

    @Test("reports a full file, keeps what it has, and goes on when there is space")
    func full() throws {
        var policy = RetentionPolicy(days: nil, megabytes: 4)
        policy.sliceEntries = 200
        let harness = WriterHarness(folder) { $0.retention = policy }
        _ = try harness.open()
        var last: Int64 = 0
        var failure: StoreError?
        while failure == nil, last < 100_000 {
            failure = harness.commitError((last + 1...last + 100).map { .sample($0) })
            if failure == nil { last += 100 }
        }
        #expect(failure?.reason == .diskFull)
        _ = try harness.open()
        #expect(try folder.entries(after: last - 100).count == 100, "what was committed is there")
        while try harness.maintain().hasMore {}
        #expect(try harness.commit((last + 1...last + 100).map { .sample($0) }).entries == 100)
        #expect(try folder.integrity() == "ok")
    }

    @Test("reports a file that is deleted or replaced while it is open", arguments: [false, true])
    func gone(replaced: Bool) throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        _ = try harness.commit([.sample(1)])
        try FileManager.default.removeItem(atPath: folder.database)
        if replaced { try folder.makeFile(folder.database) }
        #expect(harness.commitError([.sample(2)])?.reason == .fileGone)
        // An empty file in its place is a truncated database.
        let damage = replaced ? harness.openError() : nil
        #expect(damage?.reason == (replaced ? .corrupt : nil))
        let opening = try harness.open(StoreIdentity(gatewayID: "gw-1", lastSequence: 2), moveAside: damage)
        #expect(opening.wasCreated && opening.lastSequence == 2 && opening.gatewayID == "gw-1")
        #expect(try harness.commit([.sample(2)]).entries == 1)
        #expect(try folder.integrity() == "ok")
    }
}
