import Glibc
import Synchronization

/// A backup or a restoration under way: how far it is, and whether it may still be stopped. One thread works, another
/// follows.
package final class StoreCopy: Sendable {
    private enum Phase: Int {
        case checking, copying, replacing, stopped
    }

    /// The file that is written. Until it is complete, nothing else changes.
    package let partial: String
    private let phase = Atomic(Phase.checking.rawValue)
    private let wantedBytes = Atomic(0)

    fileprivate init(partial: String) {
        self.partial = partial
    }

    /// How much was copied, from 0 to 1; nil while the backup is checked, which takes unknown time.
    package var share: Double? {
        guard phase.load(ordering: .relaxed) != Phase.checking.rawValue else { return nil }
        var info = stat()
        guard stat(partial, &info) == 0 else { return 0 }
        return min(1, Double(info.st_size) / Double(max(1, wantedBytes.load(ordering: .relaxed))))
    }

    /// Makes the copy end before it replaces anything. Returns false if it is too late for that.
    package func stop() -> Bool {
        move(from: .checking, to: .stopped) || move(from: .copying, to: .stopped)
    }

    /// Removes what was written so far.
    package func removeFiles() {
        unlink(partial)
        unlink(partial + "-journal")
    }

    func begin(copying bytes: Int, at path: String) throws(StoreError) {
        wantedBytes.store(bytes, ordering: .relaxed)
        guard move(from: .checking, to: .copying) else { throw Self.wasStopped(path) }
    }

    /// From now on it cannot be stopped.
    func beginReplacing(_ path: String) throws(StoreError) {
        guard move(from: .copying, to: .replacing) else { throw Self.wasStopped(path) }
    }

    private func move(from old: Phase, to new: Phase) -> Bool {
        phase.compareExchange(expected: old.rawValue, desired: new.rawValue, ordering: .sequentiallyConsistent)
            .exchanged
    }

    private static func wasStopped(_ path: String) -> StoreError {
        StoreError(.stopped, path: path, detail: "nothing was replaced")
    }
}

extension StoreFile {
    private static let partialSuffix = ".partial"

    /// For `backUp`.
    package func backup(to target: String) -> StoreCopy { StoreCopy(partial: target + Self.partialSuffix) }

    /// For `restore`.
    package var restoration: StoreCopy { StoreCopy(partial: restoredPath + Self.partialSuffix) }

    /// Where a restored database is until it takes its place.
    var restoredPath: String { path + ".restored" }
}
