import CSQLite
import Testing

@testable import Store

@Suite("SQLite") struct SQLiteTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func database() throws -> SQLiteDatabase {
        let database = try SQLiteDatabase(path: folder.database, access: .readWrite, activity: "testing")
        try database.execute("CREATE TABLE t(n INTEGER, s TEXT) STRICT", activity: "testing")
        return database
    }

    @Test("stores numbers and text, including empty text and zero bytes")
    func roundTrip() throws {
        let database = try database()
        let insert = try database.prepare("INSERT INTO t VALUES(?1, ?2)", activity: "testing")
        let texts = ["", "a", "čaj ☕️", "zero \0 inside", String(repeating: "long ", count: 10_000)]
        for (index, text) in texts.enumerated() {
            try insert.bind(Int64(index) - 2, at: 1)
            if index.isMultiple(of: 2) {
                try insert.bind(text, at: 2)
            } else {
                try insert.bind(text: Array(text.utf8), at: 2)
            }
            try insert.run()
            #expect(database.changes == 1)
        }
        let select = try database.prepare("SELECT n, s FROM t ORDER BY n", activity: "testing")
        for (index, text) in texts.enumerated() {
            #expect(try select.step())
            #expect(select.integer(0) == Int64(index) - 2)
            #expect(select.text(1) == text)
            #expect(select.bytes(1) == Array(text.utf8))
        }
        #expect(try !select.step())
    }

    @Test("reads NULL and a missing row as nil")
    func null() throws {
        let database = try database()
        #expect(try database.integer("SELECT n FROM t", activity: "testing") == nil)
        #expect(try database.integer("SELECT max(n) FROM t", activity: "testing") == nil)
        #expect(try database.text("SELECT NULL", activity: "testing") == nil)
        #expect(try database.text("SELECT 'x'", activity: "testing") == "x")
    }

    @Test("an error contains the message of SQLite and the activity")
    func errors() throws {
        let database = try database()
        #expect {
            try database.execute("SELECT * FROM nowhere", activity: "looking for nothing")
        } throws: { error in
            (error as? SQLiteError)?.description
                == "no such table: nowhere (SQLite code 1) while looking for nothing"
        }
        #expect("the extended code") {
            try database.execute("INSERT INTO t VALUES('text', 'text')", activity: "testing")
        } throws: { error in
            let error = error as? SQLiteError
            return error?.code == SQLITE_CONSTRAINT | 12 << 8 && error?.primaryCode == SQLITE_CONSTRAINT
        }
    }

    @Test("a path in a missing directory is an error of its own kind")
    func noFolder() {
        #expect {
            try SQLiteDatabase(path: folder.path + "/no/such/place.db", access: .readWrite, activity: "opening")
        } throws: { error in
            (error as? SQLiteError)?.primaryCode == SQLITE_CANTOPEN
        }
    }

    @Test("a transaction happens as a whole or not at all")
    func transactions() throws {
        let database = try database()
        struct TestError: Error {}
        #expect(throws: TestError.self) {
            try database.inTransaction("testing") {
                try database.execute("INSERT INTO t VALUES(1, 'x')", activity: "testing")
                throw TestError()
            }
        }
        #expect(!database.isInTransaction)
        #expect(try database.integer("SELECT count(*) FROM t", activity: "testing") == 0)
        try database.inTransaction("testing") {
            try database.execute("INSERT INTO t VALUES(1, 'x')", activity: "testing")
        }
        #expect(try database.integer("SELECT count(*) FROM t", activity: "testing") == 1)
    }

    @Test(
        "every result code has a reason",
        arguments: [
            (SQLITE_FULL, StoreError.Reason.diskFull), (SQLITE_READONLY, .readOnly),
            (SQLITE_READONLY | 4 << 8, .readOnly), (SQLITE_CANTOPEN, .cannotOpen), (SQLITE_CORRUPT, .corrupt),
            (SQLITE_NOTADB, .corrupt), (SQLITE_IOERR | 3 << 8, .inputOutput), (SQLITE_IOERR | 33 << 8, .corrupt),
            (SQLITE_BUSY, .busy), (SQLITE_LOCKED, .busy), (SQLITE_MISUSE, .unexpected),
        ])
    func reasons(code: Int32, reason: StoreError.Reason) {
        let error = SQLiteError(code: code, message: "trouble", activity: "testing")
        #expect(StoreError(error, path: "/x").reason == reason)
    }
}
