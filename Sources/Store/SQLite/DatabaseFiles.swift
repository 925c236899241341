import Clocks
import Glibc
import Reactor

/// The files of a database: the database itself, what SQLite keeps beside it, and damaged ones that were moved aside.
struct DatabaseFiles: Sendable {
    let path: String

    /// The write-ahead log may hold entries that are nowhere else, so it moves together with its database.
    private var log: String { path + "-wal" }
    /// Shared memory of the connections; worthless without them.
    private var index: String { path + "-shm" }
    private var damagedPrefix: String { path + ".corrupt-" }

    /// Creates the last directory of the path, but not those above it.
    func createDirectory() throws(StoreError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let directory = String(path[..<slash])
        guard mkdir(directory, 0o750) != 0, errno != EEXIST else { return }
        throw error("mkdir \(directory)")
    }

    /// Fails for a file that is shorter than any database: it was truncated, but SQLite would take it for an empty one.
    func checkLength() throws(StoreError) {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size < Self.minimumLength else {
            return
        }
        throw StoreError(.corrupt, path: path, detail: "it has only \(info.st_size) bytes")
    }

    /// One page of the smallest size.
    private static let minimumLength = 512

    /// Renames the database and its log; returns the new path of the database.
    func moveAside(at time: WallTime) throws(StoreError) -> String {
        let target = unusedName(damagedPrefix, at: time)
        try move(to: target)
        return target
    }

    func move(to target: String) throws(StoreError) {
        guard rename(path, target) == 0 || errno == ENOENT else { throw error("rename to \(target)") }
        guard rename(log, target + "-wal") == 0 || errno == ENOENT else { throw error("rename \(log)") }
        removeIndex()
    }

    /// A read-only connection leaves it behind.
    func removeIndex() {
        unlink(index)
    }

    /// Deletes the oldest damaged files, so that `keeping` remain; returns the paths of the deleted databases.
    func deleteDamaged(keeping: Int) -> [String] {
        let surplus = damaged.dropLast(keeping)
        for name in surplus {
            unlink(name)
            unlink(name + "-wal")
        }
        return Array(surplus)
    }

    /// The damaged databases, oldest first: their names contain the time, and so sort by it.
    var damaged: [String] {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[...$0]) } ?? ""
        return Directory.names(in: directory.isEmpty ? "." : directory)
            .map { directory + $0 }
            .filter { $0.hasPrefix(damagedPrefix) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
            .sorted()
    }

    /// Gives a database that a backup replaces another name; returns that. Without a log it keeps its own as well until the
    /// backup takes it, so that a power cut in between leaves one of both.
    func moveReplaced(at time: WallTime) throws(StoreError) -> String {
        let target = unusedName(path + ".replaced-", at: time)
        if access(log, F_OK) != 0, link(path, target) == 0 {
            removeIndex()
        } else {
            try move(to: target)
        }
        return target
    }

    private func unusedName(_ prefix: String, at time: WallTime) -> String {
        let stamp = ISO8601.string(time).filter { $0 != ":" }
        var name = prefix + stamp
        while access(name, F_OK) == 0 { name += "+" }
        return name
    }

    private func error(_ call: String) -> StoreError {
        let error = SystemError(call)
        let reason: StoreError.Reason =
            switch error.code {
            case ENOSPC, EDQUOT: .diskFull
            case EIO: .inputOutput
            case EROFS: .readOnly
            default: .cannotOpen
            }
        return StoreError(reason, path: path, detail: error.description)
    }
}

/// Prevents a second gateway from using the database: two writers would assign the same sequence numbers. The lock is
/// on a file of its own beside the database, and is released when the process ends, however that happens.
struct DatabaseLock: ~Copyable {
    private let descriptor: OwnedDescriptor

    init(for path: String) throws(StoreError) {
        let name = path + ".lock"
        let file: OwnedDescriptor
        do {
            file = try OwnedDescriptor(open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o640), from: "open \(name)")
        } catch {
            let reason: StoreError.Reason = error.code == EROFS ? .readOnly : .cannotOpen
            throw StoreError(reason, path: path, detail: error.description)
        }
        StateDirectory.setOwner(of: file.number, at: path)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            throw StoreError(.inUse, path: path, detail: SystemError("flock \(name)").description)
        }
        descriptor = file
    }

    // A child process that is being started has a copy of the descriptor for a moment: closing this one is not enough.
    deinit { flock(descriptor.number, LOCK_UN) }

    /// The lock lasts at least until this call.
    func extendLifetime() {}
}
