import Clocks
import Testing

@testable import Store

@Suite("Migrations of the store") struct StoreMigrationTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What a gateway with this version of the schema has left behind.
    private static let rows = [
        "INSERT INTO event VALUES(7, 1, 'timer', 'T', '{}'); INSERT INTO cursor VALUES('fleet', 6)",
        """
        INSERT INTO run VALUES(3, 'run_3', 1, 'T', NULL, NULL, 'completed', '{}');
        INSERT INTO document VALUES('target', 'plate', '{}'); INSERT INTO input VALUES(9, '{}')
        """,
        "SELECT 1", "INSERT INTO workout VALUES(2, 'aaaaaaaaaaaaaaaaaaaaaaaa', 1, 1, NULL, x'7b7d')",
        "INSERT INTO motion VALUES(1, 'm1', 'swing', 'phone', NULL, 1, 1, 1, 'api', x'00')", "SELECT 1",
    ]

    @Test(
        "every earlier version is brought to the present one, with everything in it", arguments: 1...StoreSchema.version
    )
    func versions(version: Int) throws {
        do {
            let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
            for step in 0..<version {
                try database.execute(StoreSchema.migrations[step] + Self.rows[step], activity: "testing")
            }
            try database.execute(
                "PRAGMA application_id = \(StoreSchema.applicationID); PRAGMA user_version = \(version)",
                activity: "testing")
        }
        let harness = WriterHarness(folder) { $0.retention = RetentionPolicy(days: nil) }
        let opened = try harness.open()
        #expect(!opened.wasCreated && opened.lastStored == 7 && opened.cursors == ["fleet": 6])
        #expect(opened.state.lastRun == (version >= 2 ? 3 : 0) && opened.state.lastInput == (version >= 2 ? 9 : 0))
        _ = try harness.commit(writes: [.workout(.sample(1))])
        let database = try SQLiteDatabase(path: folder.database, access: .readOnly, activity: "testing")
        #expect(try database.integer("PRAGMA user_version", activity: "testing") == Int64(StoreSchema.version))
        #expect(
            try database.integer("SELECT max(number) FROM workout", activity: "testing") == (version >= 4 ? 3 : 1))
        #expect(
            try database.integer(
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('event_range', 'event_audit')", activity: "testing")
                == 2)
        #expect(try database.integer("SELECT count(*) FROM motion", activity: "testing") == (version >= 5 ? 1 : 0))
    }
}
