import CSQLite
import Clocks
import Foundation
import TestSupport
import Testing

@testable import Store

/// The writer with real files, on the thread of the test.
@Suite("Store writer") struct StoreWriterTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("creates, writes and closes a store, and finds everything again")
    func roundTrip() throws {
        let first = WriterHarness(folder)
        let opening = try first.open()
        #expect(opening.wasCreated && opening.wasClosedCleanly && opening.lastSequence == 0 && opening.cursors == [:])
        #expect(opening.gatewayID.hasPrefix("gw-") && opening.gatewayID.utf8.count == 19)
        let receipt = try first.commit([.sample(1), .sample(2, kind: "run")], cursors: ["fleet": 1])
        #expect(receipt.entries == 2 && receipt.through == 2 && receipt.alreadyStored == 0)
        try first.close(last: 7)
        #expect(folder.names == ["gateway.db", "gateway.db.lock"], "no log is left")

        let second = WriterHarness(folder)
        let again = try second.open()
        #expect(!again.wasCreated && again.wasClosedCleanly && again.gatewayID == opening.gatewayID)
        #expect(again.lastSequence == 7 && again.cursors == ["fleet": 1])
        #expect(try folder.entries() == [.sample(1), .sample(2, kind: "run")])
    }

    @Test("a store that has become idle frees its cache")
    func idleCache() throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        _ = try harness.commit((1...2_000).map { .sample($0) })
        let busy = try harness.cacheBytes()
        _ = try harness.maintain(checkpoint: true)
        #expect(try busy > 200_000 && harness.cacheBytes() < busy / 4)
        #expect(try harness.commit([.sample(2_001)]).entries == 1)
    }

    @Test("finds all that was committed after a crash, and skips numbers")
    func notClosed() throws {
        var first: WriterHarness? = WriterHarness(folder)
        _ = try first?.open()
        _ = try first?.commit([.sample(41)])
        first = nil
        let opening = try WriterHarness(folder).open()
        #expect(!opening.wasClosedCleanly && opening.lastStored == 41 && opening.lastSequence == 1_000_041)
        let again = try WriterHarness(folder).open()
        #expect(again.lastStored == 41 && again.lastSequence == 2_000_041, "two crashes in a row")
    }

    @Test("skips no numbers when the same process reopens the file")
    func reopened() throws {
        let harness = WriterHarness(folder)
        let name = try harness.open().gatewayID
        _ = try harness.commit([.sample(41)])
        #expect(try harness.open(StoreIdentity(gatewayID: name, lastSequence: 43)).lastSequence == 41)
    }

    @Test("the settings that durability rests on are in force")
    func settings() throws {
        let database = try StoreConnection(StoreOptions(path: folder.database)).database
        #expect(try database.integer("PRAGMA synchronous", activity: "testing") == 2, "FULL: a power cut takes nothing")
        #expect(try database.text("PRAGMA journal_mode", activity: "testing") == "wal")
        #expect(try database.integer("PRAGMA auto_vacuum", activity: "testing") == 2)
        #expect(try database.integer("PRAGMA user_version", activity: "testing") == Int64(StoreSchema.version))
        #expect(try database.integer("PRAGMA application_id", activity: "testing") == 0x4c56_4757)
    }

    @Test("the mark of skipped numbers survives a crash")
    func mark() throws {
        let harness = WriterHarness(folder)
        let name = try harness.open().gatewayID
        _ = try harness.commit([], mark: 777)
        #expect(try harness.open(StoreIdentity(gatewayID: name)).lastSequence == 777)
    }

    @Test("a gateway id from the configuration overrides that of the file")
    func configuredName() throws {
        _ = try WriterHarness(folder).open()
        let harness = WriterHarness(folder) { $0.gatewayID = "range-3" }
        #expect(try harness.open().gatewayID == "range-3")
    }

    @Test("the same entries again are no error, and stay as they were")
    func idempotent() throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        _ = try harness.commit([.sample(1), .sample(2)])
        let receipt = try harness.commit([.sample(2, kind: "other"), .sample(3)])
        #expect(receipt.entries == 1 && receipt.alreadyStored == 1 && receipt.through == 3)
        #expect(try folder.entries().map(\.kind) == ["heart_rate", "heart_rate", "heart_rate"])
    }

    @Test("a cursor never goes back")
    func cursors() throws {
        let harness = WriterHarness(folder)
        _ = try harness.open()
        _ = try harness.commit([], cursors: ["a": 5, "b": 1])
        _ = try harness.commit([], cursors: ["a": 3, "b": 2])
        #expect(try harness.open().cursors == ["a": 5, "b": 2])
    }

    @Test("keeps a second gateway out until the first has closed")
    func lock() throws {
        var first: WriterHarness? = WriterHarness(folder)
        _ = try first?.open()
        let second = WriterHarness(folder)
        #expect(second.openError()?.reason == .inUse)
        first = nil
        #expect(try !second.open().wasCreated)
    }

    @Test("a child process that is being started keeps no lock")
    func copiedLock() throws {
        var first: WriterHarness? = WriterHarness(folder)
        _ = try first?.open()
        let copies = copiesOfDescriptors(of: folder.database + ".lock")
        defer { for copy in copies { close(copy) } }
        #expect(copies.count == 1)
        first = nil
        #expect(try !WriterHarness(folder).open().wasCreated)
    }

    @Test("creates the directory if it alone is missing")
    func missingFolder() throws {
        #expect(try WriterHarness(path: folder.path + "/state/gateway.db").open().wasCreated)
        let failure = WriterHarness(path: folder.path + "/a/b/gateway.db").openError()
        #expect(failure?.reason == .cannotOpen)
        #expect(failure?.description.contains("mkdir \(folder.path)/a/b: No such file or directory") == true)
    }

    @Test("reports a directory that is a file")
    func folderIsFile() throws {
        try folder.makeFile(folder.path + "/file")
        #expect(WriterHarness(path: folder.path + "/file/gateway.db").openError()?.reason == .cannotOpen)
    }

    @Test("waits for another program that has locked the file, but not for ever")
    func busy() throws {
        let harness = WriterHarness(folder) { $0.lockTimeout = .milliseconds(1) }
        _ = try harness.open()
        let other = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
        try other.execute("BEGIN IMMEDIATE", activity: "testing")
        #expect(harness.commitError([.sample(1)])?.reason == .busy)
        try other.execute("COMMIT", activity: "testing")
        _ = try harness.open()
        #expect(try harness.commit([.sample(1)]).entries == 1)
    }
}
