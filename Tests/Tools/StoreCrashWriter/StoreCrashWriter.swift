import Glibc
import Reactor

/// Writes into a journal as fast as the gateway ever would, and says on its standard output what is safe on the disk:
/// for tests that kill it, fill its disk or cut its power.
///
///     store-crash-writer FILE [--commits N] [--largest-file BYTES] [--range yes]
///
/// It prints `start N` (entries are numbered from N + 1), `through N` after each commit, `degraded REASON` and
/// `recovered`, and `closed N` with the number of entries that were lost. After N commits it closes the journal and ends;
/// without `--commits` it goes on for ever. With `--largest-file` the system refuses to let any file grow beyond that,
/// until the second attempt to write has failed. With `--range` it keeps runs instead of a journal: run after run, each
/// made of four inputs, and says `through N` when run N is safe.
@main
struct StoreCrashWriter {
    static func main() {
        guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
            Output.line("usage: store-crash-writer FILE [--commits N] [--largest-file BYTES] [--range yes]")
            exit(2)
        }
        arguments.largestFile.map(FileSizeLimit.set)
        ReactorExecutor.shared.runOnThisThread {
            if arguments.isRange { RangeSession.start(arguments) } else { JournalSession.start(arguments) }
        }
    }
}

/// What was asked for.
struct Arguments: Sendable {
    let path: String
    private(set) var commits = Int.max
    private(set) var largestFile: UInt?
    private(set) var isRange = false

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
            default: return nil
            }
        }
    }
}
