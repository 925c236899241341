import CSQLite

/// Why a file of the store cannot be used, or a request to the store failed: what, where, and what to do about it.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case cannotOpen
        case readOnly
        case diskFull
        case inputOutput
        /// The file is damaged, or no database.
        case corrupt
        /// Another program has locked the file.
        case busy
        /// Another gateway uses the same file.
        case inUse
        /// The file was written by a newer gateway.
        case newerSchema(found: Int, known: Int)
        /// The file is another program's database.
        case foreign
        /// The file was deleted or moved while it was open.
        case fileGone
        /// Too many reads are pending.
        case overloaded
        case closed
        /// Somebody stopped it.
        case stopped
        case unexpected
    }

    package let reason: Reason
    package let path: String
    /// The message of the call that failed.
    package let detail: String

    package init(_ reason: Reason, path: String, detail: String) {
        self.reason = reason
        self.path = path
        self.detail = detail
    }

    package init(_ error: SQLiteError, path: String) {
        self.init(Reason(error), path: path, detail: error.description)
    }

    init(wrapping error: any Error, path: String) {
        self =
            switch error {
            case let error as StoreError: error
            case let error as SQLiteError: StoreError(error, path: path)
            default: StoreError(.unexpected, path: path, detail: "\(error)")
            }
    }

    package var description: String {
        "\(path): \(reason.meaning) (\(detail)); \(reason.advice)"
    }
}

extension StoreError.Reason {
    init(_ error: SQLiteError) {
        self =
            switch error.primaryCode {
            case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .cannotOpen
            case SQLITE_READONLY: .readOnly
            case SQLITE_FULL: .diskFull
            case SQLITE_IOERR where error.code >> 8 == Self.corruptFileSystem: .corrupt
            case SQLITE_IOERR: .inputOutput
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            default: .unexpected
            }
    }

    /// The extension that makes `SQLITE_IOERR` a `SQLITE_IOERR_CORRUPTFS`.
    private static let corruptFileSystem: Int32 = 33

    /// One word for metrics and status.
    package var name: String {
        switch self {
        case .cannotOpen: "cannot_open"
        case .readOnly: "read_only"
        case .diskFull: "disk_full"
        case .inputOutput: "io_error"
        case .corrupt: "corrupt"
        case .busy: "busy"
        case .inUse: "in_use"
        case .newerSchema: "newer_schema"
        case .foreign: "foreign_file"
        case .fileGone: "file_gone"
        case .overloaded: "overloaded"
        case .closed: "closed"
        case .stopped: "stopped"
        case .unexpected: "unexpected"
        }
    }

    var meaning: String {
        switch self {
        case .cannotOpen: "it cannot be opened"
        case .readOnly: "it cannot be written"
        case .diskFull: "there is no space left for it"
        case .inputOutput: "the disk reports an error"
        case .corrupt: "it is damaged"
        case .busy: "another program has locked it"
        case .inUse: "another gateway uses it"
        case .newerSchema(let found, let known):
            "it was written by a newer gateway (schema version \(found), this one knows \(known))"
        case .foreign: "it is a database of another program"
        case .fileGone: "it was deleted or moved while it was in use"
        case .overloaded: "too many reads are pending"
        case .closed: "the store is closed"
        case .stopped: "it was stopped"
        case .unexpected: "it failed"
        }
    }

    var advice: String {
        switch self {
        case .cannotOpen, .readOnly: "make the directory and its files writable for the gateway's user"
        case .diskFull: "free space on the disk, or lower store.maximum_megabytes"
        case .inputOutput: "check the kernel's log: the disk or the card may be failing"
        case .corrupt: "it is moved aside and a new one created; `sqlite3 FILE .recover` may rescue the old one"
        case .busy: "close the program that uses it"
        case .inUse: "stop the other gateway, or give this one a path of its own"
        case .newerSchema: "install that version again, or move the file away to start with an empty one"
        case .foreign: "choose another path"
        case .fileGone: "a new one is created"
        case .overloaded: "try again later"
        case .closed: "start the gateway again"
        case .stopped: "begin again at any time"
        case .unexpected: "if it happens again, please report it with this message"
        }
    }
}
