import CSQLite

/// A call of SQLite that failed: its extended result code, what SQLite says of it, and what was being done.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code. The importer does not show those (`SQLITE_IOERR_READ` and its ninety brothers are
    /// macros with arithmetic in them), so they are told apart by `primaryCode` first.
    package let code: Int32
    package let message: String
    /// What was being done, as it fits behind "while": "opening the journal".
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
