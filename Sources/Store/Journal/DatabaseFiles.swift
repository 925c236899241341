import Clocks
import Glibc
import Reactor

/// The journal's files: `gateway.db` and what SQLite keeps beside it, and the damaged ones that were moved aside.
struct DatabaseFiles: Sendable {
    let path: String

    /// The write-ahead log may hold entries that are nowhere else, so it goes wherever its database goes.
    private var log: String { path + "-wal" }
    /// Shared memory of the connections; worthless without them.
    private var index: String { path + "-shm" }
    private var damagedPrefix: String { path + ".corrupt-" }

    /// Makes the folder, if only that one is missing. What stands above it is somebody's decision.
    func createDirectory() throws(StoreError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        guard mkdir(folder, 0o750) != 0, errno != EEXIST else { return }
        throw failure("mkdir \(folder)")
    }

    /// Moves the database and its log out of the way; returns where the database is now.
    func moveAside(at time: WallTime) throws(StoreError) -> String {
        let target = unusedName(at: time)
        guard rename(path, target) == 0 || errno == ENOENT else { throw failure("rename to \(target)") }
        guard rename(log, target + "-wal") == 0 || errno == ENOENT else { throw failure("rename \(log)") }
        unlink(index)
        return target
    }

    /// Deletes the oldest damaged files, so that `keeping` remain; returns the names of the deleted databases.
    func deleteDamaged(keeping: Int) -> [String] {
        let surplus = damaged.dropLast(keeping)
        for name in surplus {
            unlink(name)
            unlink(name + "-wal")
        }
        return Array(surplus)
    }

    /// The damaged databases, oldest first: their names hold the time, and so sort by it.
    var damaged: [String] {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        return Folder.names(in: folder.isEmpty ? "." : folder)
            .map { folder + $0 }
            .filter { $0.hasPrefix(damagedPrefix) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
            .sorted()
    }

    private func unusedName(at time: WallTime) -> String {
        let stamp = ISO8601.string(time).filter { $0 != ":" }
        var name = damagedPrefix + stamp
        while access(name, F_OK) == 0 { name += "+" }
        return name
    }

    private func failure(_ call: String) -> StoreError {
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

/// What is in a folder of the file system.
private enum Folder {
    /// The names, in no order; none if the folder cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // The name is an array of C, which Swift shows as a tuple of 256: its bytes up to the zero are the name.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }
}
