import CSQLite

/// A prepared statement: bind, step, read the columns, reset, again. Parameters count from 1, columns from 0, as in
/// SQLite itself.
package final class SQLiteStatement {
    private let handle: OpaquePointer
    private let database: SQLiteDatabase
    private let activity: String

    /// Makes SQLite copy what is bound: C's `SQLITE_TRANSIENT`, a cast of -1 to a function pointer, is not imported.
    private static var copied: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }

    init(handle: OpaquePointer, database: SQLiteDatabase, activity: String) {
        self.handle = handle
        self.database = database
        self.activity = activity
    }

    deinit {
        sqlite3_finalize(handle)
    }

    package func bind(_ value: Int64, at parameter: Int32) throws(SQLiteError) {
        try check(sqlite3_bind_int64(handle, parameter, value))
    }

    package func bind(_ text: String, at parameter: Int32) throws(SQLiteError) {
        var text = text
        try check(text.withUTF8 { Self.bind($0, to: handle, at: parameter) })
    }

    /// Binds bytes as text, without checking that they are UTF-8.
    package func bind(text bytes: [UInt8], at parameter: Int32) throws(SQLiteError) {
        try check(bytes.withUnsafeBufferPointer { Self.bind($0, to: handle, at: parameter) })
    }

    package func bind(blob bytes: [UInt8], at parameter: Int32) throws(SQLiteError) {
        try check(
            bytes.withUnsafeBytes { bytes in
                // No address would mean NULL, but no bytes is the empty blob.
                guard let start = bytes.baseAddress else { return sqlite3_bind_zeroblob(handle, parameter, 0) }
                return sqlite3_bind_blob64(handle, parameter, start, UInt64(bytes.count), Self.copied)
            })
    }

    /// nil is NULL.
    package func bind(_ text: String?, at parameter: Int32) throws(SQLiteError) {
        guard let text else { return try check(sqlite3_bind_null(handle, parameter)) }
        try bind(text, at: parameter)
    }

    /// nil is NULL.
    package func bind(_ value: Int64?, at parameter: Int32) throws(SQLiteError) {
        guard let value else { return try check(sqlite3_bind_null(handle, parameter)) }
        try bind(value, at: parameter)
    }

    /// Moves to the next row; false when there is none.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw database.error(code, activity)
        }
    }

    /// Binds a column of another statement's present row, counted from 0, to the parameter with the same position.
    func bind(column: Int32, of row: SQLiteStatement) throws(SQLiteError) {
        try check(sqlite3_bind_value(handle, column + 1, sqlite3_column_value(row.handle, column)))
    }

    /// Runs a statement and ignores its rows; leaves it ready for the next use.
    package func run() throws(SQLiteError) {
        defer { reset() }
        while try step() {}
    }

    /// Makes the statement ready for the next use. Its result is that of the last step, which was reported there.
    package func reset() {
        sqlite3_reset(handle)
    }

    /// nil for NULL.
    package func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
    }

    /// nil for NULL.
    package func text(_ column: Int32) -> String? {
        bytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A copy of the column's bytes; nil for NULL.
    package func bytes(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(handle, column) != SQLITE_NULL else { return nil }
        // The order matters: the length is only right once the column has been asked for in the requested form.
        let start = sqlite3_column_blob(handle, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw database.error(code, activity) }
    }

    private static func bind(
        _ bytes: UnsafeBufferPointer<UInt8>, to handle: OpaquePointer, at parameter: Int32
    ) -> Int32 {
        // No address would mean NULL, but no bytes is the empty text.
        guard let start = bytes.baseAddress else { return sqlite3_bind_text(handle, parameter, "", 0, copied) }
        return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            sqlite3_bind_text64(handle, parameter, $0, UInt64(bytes.count), copied, UInt8(SQLITE_UTF8))
        }
    }
}
