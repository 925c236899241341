import CSQLite
import Clocks
import Glibc
import Synchronization

/// Reads the whole database for damage, on a thread and a connection of its own, at the lowest priority. Damage that no
/// read or write touches would otherwise be found when it is too late.
final class StoreChecker {
    enum Outcome: Equatable, Sendable {
        case sound
        case damaged(String)
        /// The check could not be completed.
        case failed(String)
    }

    private let path: String
    private let isCancelled: CancellationFlag

    init(path: String, isCancelled: CancellationFlag) {
        self.path = path
        self.isCancelled = isCancelled
        // On Linux, of the calling thread only.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    }

    func check() -> Outcome {
        do throws(SQLiteError) {
            let activity = "checking the store"
            let database = try SQLiteDatabase(path: path, access: .readOnly, activity: activity)
            try database.execute("PRAGMA cache_size = -512; PRAGMA query_only = ON", activity: activity)
            database.interrupt(when: isCancelled)
            let finding = try database.text("PRAGMA quick_check(1)", activity: activity)
            return finding == "ok" ? .sound : .damaged(Self.oneLine(finding ?? "no result"))
        } catch {
            let isDamage = [SQLITE_CORRUPT, SQLITE_NOTADB].contains(error.primaryCode)
            return isDamage ? .damaged(error.description) : .failed(error.description)
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: ": ")
    }
}

/// Ends a check before its time.
final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() {
        value.store(true, ordering: .relaxed)
    }
}
