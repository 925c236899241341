import Glibc
import Reactor

/// Keeps a second gateway off the journal: two writers would give out the same numbers. The lock is on a file of its
/// own beside the journal, and goes with the process however that ends.
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
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            throw StoreError(.inUse, path: path, detail: SystemError("flock \(name)").description)
        }
        descriptor = file
    }
}
