import CSQLite
import Clocks
import Glibc

/// One connection to an SQLite file. It belongs to the thread that opened it: SQLite's own locks are switched off.
///
/// This file and `SQLiteStatement` are the only places that touch the library's pointers.
package final class SQLiteDatabase {
    package enum Access: Sendable {
        case readOnly
        /// Creates the file if there is none.
        case readWrite
    }

    package let path: String
    let handle: OpaquePointer

    package init(
        path: String, access: Access, busyTimeout: Nanoseconds = .seconds(2), activity: String
    ) throws(SQLiteError) {
        let mode =
            switch access {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened else {
            throw SQLiteError(code: code, message: "out of memory", activity: activity)
        }
        guard code == SQLITE_OK else {
            let error = SQLiteError(code: code, message: Self.message(of: opened), activity: activity)
            sqlite3_close_v2(opened)
            throw error
        }
        sqlite3_busy_timeout(opened, Int32(clamping: busyTimeout.count / 1_000_000))
        self.path = path
        handle = opened
    }

    deinit {
        // Statements retain their database, so none is left by now, and this really closes.
        sqlite3_close_v2(handle)
    }

    /// Runs one or more statements and ignores their rows.
    package func execute(_ sql: String, activity: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, activity) }
    }

    package func prepare(_ sql: String, activity: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code, activity) }
        return SQLiteStatement(handle: statement, database: self, activity: activity)
    }

    /// The first column of the first row, as a number; nil when there is no row or it holds NULL.
    package func integer(_ sql: String, activity: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql, activity: activity)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// The first column of the first row, as text; nil when there is no row or it holds NULL.
    package func text(_ sql: String, activity: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql, activity: activity)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Ends the statement that runs when the flag is set, and pauses at times so that the disk can serve others. The flag
    /// must outlive the connection.
    func interrupt(when flag: CancellationFlag) {
        let context = Unmanaged.passUnretained(flag).toOpaque()
        sqlite3_progress_handler(
            handle, Self.stepsBetweenPauses,
            { context in
                guard let context else { return 0 }
                usleep(SQLiteDatabase.pauseMicroseconds)
                return Unmanaged<CancellationFlag>.fromOpaque(context).takeUnretainedValue().isSet ? 1 : 0
            }, context)
    }

    private static let stepsBetweenPauses: Int32 = 10_000
    private static let pauseMicroseconds: UInt32 = 1_000

    /// Frees what the connection can do without, such as its cache.
    func releaseMemory() {
        sqlite3_db_release_memory(handle)
    }

    /// How many rows the last INSERT, UPDATE or DELETE changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether the file was deleted, renamed or replaced while it was open. SQLite itself would go on writing into a
    /// file that has no name any more.
    package var fileHasMoved: Bool {
        var moved: Int32 = 0
        let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return code == SQLITE_OK && moved != 0
    }

    /// Runs `body` in a transaction that is committed unless it throws. The write lock is taken at the start, because
    /// SQLite does not wait for it in the middle of a transaction.
    func inTransaction(_ activity: String, _ body: () throws -> Void) throws {
        try execute("BEGIN IMMEDIATE", activity: activity)
        do {
            try body()
            try execute("COMMIT", activity: activity)
        } catch {
            // Some errors have rolled back already. If this fails too, closing the connection rolls back.
            if isInTransaction { try? execute("ROLLBACK", activity: activity) }
            throw error
        }
    }

    func error(_ code: Int32, _ activity: String) -> SQLiteError {
        SQLiteError(code: code, message: Self.message(of: handle), activity: activity)
    }

    private static func message(of handle: OpaquePointer) -> String {
        sqlite3_errmsg(handle).map { String(cString: $0) } ?? "no message"
    }
}

/// A failed call of SQLite: its extended result code, SQLite's message, and what was being done.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code. The importer does not show the names of those (`SQLITE_IOERR_READ` and some ninety
    /// others are macros with arithmetic in them).
    package let code: Int32
    package let message: String
    /// Completes "while …": "opening the store".
    package let activity: String

    package init(code: Int32, message: String, activity: String) {
        self.code = code
        self.message = message
        self.activity = activity
    }

    /// One of the thirty-odd plain result codes, such as `SQLITE_FULL`.
    package var primaryCode: Int32 { code & 0xff }

    package var description: String {
        "\(message) (SQLite code \(code)) while \(activity)"
    }
}
