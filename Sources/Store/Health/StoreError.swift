import CSQLite

/// Why a file of the store cannot be used right now: what, where, and what to do about it.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case cannotOpen
        case readOnly
        case diskFull
        case inputOutput
        /// The file is no database any more, or a damaged one.
        case corrupt
        /// Another program keeps the file locked.
        case busy
        /// Another gateway uses the same file.
        case inUse
        /// A newer gateway wrote the file, and this one does not know its shape.
        case newerSchema(found: Int, known: Int)
        /// A database, but none of ours.
        case foreign
        /// Somebody deleted or moved the file while it was open.
        case fileGone
        case unexpected
    }

    package let reason: Reason
    package let path: String
    /// What exactly happened, in the words of whoever noticed.
    package let detail: String

    package init(_ reason: Reason, path: String, detail: String) {
        self.reason = reason
        self.path = path
        self.detail = detail
    }

    package init(_ error: SQLiteError, path: String) {
        self.init(Reason(error), path: path, detail: error.description)
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
        case .unexpected: "unexpected"
        }
    }

    var meaning: String {
        switch self {
        case .cannotOpen: "it cannot be opened"
        case .readOnly: "it cannot be written to"
        case .diskFull: "there is no room left for it"
        case .inputOutput: "the disk reports an error"
        case .corrupt: "it is damaged"
        case .busy: "another program holds it locked"
        case .inUse: "another gateway uses it"
        case .newerSchema(let found, let known):
            "it was written by a newer gateway (version \(found) of its shape, this one knows \(known))"
        case .foreign: "this is a database of another program"
        case .fileGone: "it was deleted or moved while it was in use"
        case .unexpected: "it failed"
        }
    }

    var advice: String {
        switch self {
        case .cannotOpen, .readOnly: "make the folder and its files writable for the gateway's user"
        case .diskFull: "free some room on the disk, or lower the limit of what is kept"
        case .inputOutput: "look at the kernel's log: the disk or the card may be dying"
        case .corrupt: "it is moved aside and a new one begun; `sqlite3 FILE .recover` may rescue the old one"
        case .busy: "close the program that uses it"
        case .inUse: "stop the other one, or give this one a path of its own"
        case .newerSchema: "install that gateway again, or move the file away to begin a new one"
        case .foreign: "choose another path"
        case .fileGone: "a new one is begun"
        case .unexpected: "if it happens again, please report it with this sentence"
        }
    }
}
