import Glibc
import Reactor
import Store

/// Writes into a store as fast as a gateway ever does, and prints what is durable: for tests that kill it, fill its disk
/// or cut its power.
///
///     store-crash-writer FILE [--commits N] [--largest-file BYTES] [--range yes] [--workouts yes]
///
/// It prints `start N` (entries are numbered from N + 1), `through N` after each commit, `degraded REASON` and
/// `recovered`, and `closed N` with the number of changes that were lost. After N commits it closes the store and exits;
/// without `--commits` it never does. With `--largest-file` the system refuses to let any file grow beyond that, until
/// the second attempt to write has failed. With `--range` it writes runs instead of events, each of four inputs, and
/// prints `through N` when run N is durable. With `--workouts` it writes rows of frames of one workout after the other, and
/// prints `through N` when N frames of the latest workout are durable, whose number it prints as `workout N`.
@main
struct StoreCrashWriter {
    static func main() {
        guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
            Output.line(
                "usage: store-crash-writer FILE [--commits N] [--largest-file BYTES] [--range yes] [--workouts yes]")
            exit(2)
        }
        arguments.largestFile.map(FileSizeLimit.set)
        ReactorExecutor.shared.runOnThisThread {
            if arguments.isRange {
                RangeSession.start(arguments)
            } else if arguments.isWorkouts {
                WorkoutSession.start(arguments)
            } else {
                JournalSession.start(arguments)
            }
        }
    }
}

/// One way of writing into a store.
@ReactorActor
protocol WritingSession: AnyObject, Sendable {
    init(_ arguments: Arguments, _ store: DataStore)
    static func options(_ arguments: Arguments) -> StoreOptions
    func run() async
}

extension WritingSession {
    static func options(_ arguments: Arguments) -> StoreOptions {
        StoreOptions(path: arguments.path)
    }

    static func start(_ arguments: Arguments) {
        do {
            let session = Self(arguments, try DataStore(options(arguments), timers: EventLoop.shared.timers))
            Task { await session.run() }
        } catch {
            Output.line("error \(error)")
            exit(1)
        }
    }
}

/// The command line.
struct Arguments: Sendable {
    let path: String
    private(set) var commits = Int.max
    private(set) var largestFile: UInt?
    private(set) var isRange = false
    private(set) var isWorkouts = false

    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        guard let path = rest.popFirst() else { return nil }
        self.path = path
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--commits":
                guard let number = Int(value) else { return nil }
                commits = number
            case "--largest-file":
                guard let number = UInt(value) else { return nil }
                largestFile = number
            case "--range": isRange = value == "yes"
            case "--workouts": isWorkouts = value == "yes"
            default: return nil
            }
        }
    }
}

/// The system's limit on the size of any file that this process writes.
enum FileSizeLimit {
    /// Writing beyond it fails, instead of killing the process.
    static func set(_ bytes: UInt) {
        signal(SIGXFSZ, SIG_IGN)
        apply(rlim_t(bytes))
    }

    static func lift() {
        apply(rlim_t.max)
    }

    /// Only the soft limit, so that it can be raised again.
    private static func apply(_ bytes: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
        limit.rlim_cur = min(bytes, limit.rlim_max)
        setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
    }
}
