import Foundation
import JSON
import Reactor
import Testing

@testable import Store

/// The state directory of a gateway with schema 1, which was stopped during its second run.
@Suite("Import of earlier versions' files") struct StoreImportTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let fixtures = URL(filePath: #filePath).appending(path: "../../Fixtures/schema-1").standardized.path
        for name in ["gateway.db", "range.db", "devices.json", "serial-rates"] {
            try FileManager.default.copyItem(atPath: "\(fixtures)/\(name)", toPath: "\(folder.path)/\(name)")
        }
    }

    private func harness() -> WriterHarness {
        WriterHarness(folder) {
            $0.retention = RetentionPolicy(days: nil)
            $0.legacy = folder.legacyFiles
        }
    }

    private func count(_ table: String) throws -> Int64? {
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        return try database.integer("SELECT count(*) FROM \(table)", activity: "testing")
    }

    @Test("imports runs, documents, inputs, explanations, recordings, devices and speeds, and keeps the events")
    func everything() throws {
        let before = try folder.entries()
        let harness = harness()
        let opened = try harness.open()
        #expect(!opened.wasCreated && opened.wasClosedCleanly && opened.lastSequence == 1_000)
        #expect(try folder.entries() == before && before.count == 294)
        #expect(try count("run") == 2 && count("explanation") == 40 && count("recording") == 3)
        #expect(opened.state.lastRun == 2 && opened.state.lastInput == 23 && opened.state.inputs.count == 11)
        let names = Dictionary(grouping: opened.state.documents, by: \.kind).mapValues { $0.map(\.name).sorted() }
        #expect(names[.target] == ["left-popper", "plate", "right-popper"])
        #expect(names[.sensor]?.count == 3 && names[.range] == ["upcoming"] && names[.device]?.count == 11)
        #expect(names[.serialRate] == ["usb-virtual-heart-board", "usb-virtual-mat"])
        #expect(
            folder.names == [
                "devices.json.migrated", "gateway.db", "gateway.db-shm", "gateway.db-wal", "gateway.db.lock",
                "range.db.migrated", "serial-rates.migrated",
            ])
        #expect(harness.events.count == 3 && harness.events.allSatisfy { $0.severity == .info })
        let mat = try #require(opened.state.documents.first { $0.name == "usb-virtual-mat" && $0.kind == .device })
        #expect(try JSONValue(parsing: mat.body)["name"]?.stringValue == "Bay 1")
        #expect(
            opened.state.documents.first { $0.name == "usb-virtual-mat" && $0.kind == .serialRate }?.body
                == Array("115200".utf8))
    }

    @Test("imports into a new database, where the one of earlier versions had another path")
    func newDatabase() throws {
        try FileManager.default.removeItem(atPath: folder.database)
        let opened = try harness().open()
        #expect(opened.wasCreated && opened.state.lastRun == 2 && opened.state.documents.count == 20)
    }

    @Test("imports each file once: what was deleted since then stays deleted")
    func once() throws {
        do {
            let first = harness()
            _ = try first.open()
            _ = try first.commit(writes: [
                .deleteRun("run_001"), .document(.target, name: "plate", body: nil),
                .document(.device, name: "usb-virtual-mat", body: nil),
                .document(.serialRate, name: "usb-virtual-mat", body: nil),
            ])
        }
        // As if they could not be renamed.
        for name in ["range.db", "devices.json", "serial-rates"] {
            try FileManager.default.moveItem(
                atPath: "\(folder.path)/\(name).migrated", toPath: "\(folder.path)/\(name)")
        }
        let second = harness()
        let opened = try second.open(StoreIdentity(gatewayID: "gw-1"))
        #expect(try count("run") == 1 && opened.state.documents.count == 17)
        #expect(second.events.isEmpty && folder.names.count { $0.hasSuffix(".migrated") } == 3)
    }

    @Test("goes on after the last run of the earlier version, even if that was deleted")
    func deletedRuns() throws {
        do {
            let range = try SQLiteDatabase(path: folder.path + "/range.db", access: .readWrite, activity: "testing")
            try range.execute("DELETE FROM run", activity: "testing")
        }
        #expect(try harness().open().state.lastRun == 2)
    }

    @Test("starts with the first run if the earlier version had none")
    func noRuns() throws {
        do {
            let range = try SQLiteDatabase(path: folder.path + "/range.db", access: .readWrite, activity: "testing")
            try range.execute("DELETE FROM run; DELETE FROM sqlite_sequence", activity: "testing")
        }
        #expect(try harness().open().state.lastRun == 0)
    }

    @Test(
        "keeps a damaged list of devices, and starts with an empty one",
        arguments: [
            "", "{", "{\"version\":9}", "[]", "{\"version\":1,\"devices\":[{}]}",
            String(repeating: " ", count: 3 << 20),
        ])
    func damagedDevices(text: String) throws {
        let path = folder.path + "/devices.json"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        let harness = harness()
        let opened = try harness.open()
        #expect(!opened.state.documents.contains { $0.kind == .device } && opened.state.lastRun == 2)
        #expect(try String(contentsOfFile: path + ".damaged", encoding: .utf8) == text)
        #expect(harness.events.count { $0.severity == .error } == 1)
    }

    @Test(
        "imports what can be read of damaged runs, keeps the file, and assigns no run number twice",
        arguments: [true, false])
    func damagedRuns(hasHeader: Bool) throws {
        let path = folder.path + "/range.db"
        let file = try FileHandle(forUpdating: URL(filePath: path))
        if hasHeader { try file.seek(toOffset: 40_960) }
        try file.write(contentsOf: Data(repeating: 0xee, count: 100_000))
        try file.close()
        let harness = harness()
        let opened = try harness.open()
        #expect(hasHeader ? opened.state.lastRun == 2 : opened.state.lastRun > 1_000_000_000)
        #expect(opened.state.documents.contains { $0.kind == .device })
        #expect(FileManager.default.fileExists(atPath: path + ".damaged") && harness.events.count == 3)
        #expect(try folder.integrity() == "ok")
    }

    @Test("reports and keeps runs that were truncated to nothing", arguments: [0, 1])
    func emptiedRuns(length: Int) throws {
        let path = folder.path + "/range.db"
        try folder.makeFile(path, Data(repeating: 0x53, count: length))
        let harness = harness()
        #expect(try harness.open().state.lastRun > 1_000_000_000)
        #expect(FileManager.default.contents(atPath: path + ".damaged")?.count == length)
        let errors = harness.events.filter { $0.severity == .error }
        #expect(errors.count == 1 && errors.first?.description.contains("it has only \(length) bytes") == true)
    }

    @Test("reports a named pipe or a directory in place of a file, and opens without it", arguments: [true, false])
    func special(isPipe: Bool) throws {
        for name in ["range.db", "devices.json", "serial-rates"] {
            let path = "\(folder.path)/\(name)"
            try FileManager.default.removeItem(atPath: path)
            if isPipe {
                #expect(mkfifo(path, 0o600) == 0)
            } else {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
        }
        let harness = harness()
        #expect(try harness.open().lastSequence == 1_000)
        #expect(harness.events.count == 3 && harness.events.allSatisfy { "\($0)".contains("it is not a regular file") })
        #expect(folder.names.contains("devices.json") && folder.names.contains("range.db"))
    }

    @Test("leaves another program's database alone, and works without it")
    func foreignRuns() throws {
        let path = folder.path + "/range.db"
        try FileManager.default.removeItem(atPath: path)
        do {
            let database = try SQLiteDatabase(path: path, access: .readWrite, activity: "testing")
            try database.execute("CREATE TABLE theirs(a)", activity: "testing")
        }
        #expect(try harness().open().state.lastRun == 0)
        #expect(folder.names.contains("range.db"))
    }

    @Test("waits while another program has locked the runs, and does not start without them")
    func lockedRuns() throws {
        do {
            let range = try SQLiteDatabase(path: folder.path + "/range.db", access: .readWrite, activity: "testing")
            try range.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT", activity: "testing")
            let error = harness().openError()
            #expect(error?.reason == .busy && error?.path == folder.path + "/range.db")
        }
        #expect(try harness().open().state.lastRun == 2)
    }
}

extension TemporaryFolder {
    var legacyFiles: LegacyFiles {
        var files = LegacyFiles()
        files.range = path + "/range.db"
        files.devices = path + "/devices.json"
        files.serialRates = path + "/serial-rates"
        return files
    }
}
