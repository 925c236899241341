import Glibc
import Reactor
import Store
import Synchronization

/// Runs a backup or a restoration on a thread of its own, shows on a terminal how far it is, and stops it on Ctrl-C.
enum StoreCopyRunner {
    private static let stopSignals = [SIGINT, SIGTERM, SIGHUP]
    /// The thread sends it when it has a result.
    private static let wakeSignal = SIGUSR1
    /// How often the progress is shown.
    private static let interval = timespec(tv_sec: 0, tv_nsec: 100_000_000)

    private final class Outcome: Sendable {
        let result = Mutex<Result<String, any Error>?>(nil)
    }

    /// - Parameter work: returns what to print.
    static func run(_ copy: StoreCopy, _ work: @escaping @Sendable () throws -> String) -> ExitStatus {
        ProcessSignals.block(stopSignals + [wakeSignal])
        // It may have come before there was anything to stop.
        if isStopped(within: timespec()) { return fail() }
        let outcome = Outcome()
        NamedThread.start("store-copy") {
            let result = Result { try work() }
            outcome.result.withLock { $0 = result }
            kill(getpid(), wakeSignal)
        }
        while true {
            show(copy.share.map { "copying: \(Int($0 * 100)) %" } ?? "checking")
            let isStopped = Self.isStopped(within: interval)
            if let result = outcome.result.withLock({ $0 }) {
                show("")
                switch result {
                case .success(let text): return StandardStream.printResult(text)
                case .failure(let error): return StandardStream.fail("\(error)")
                }
            }
            if isStopped, copy.stop() {
                copy.removeFiles()
                show("")
                return fail()
            }
        }
    }

    private static func fail() -> ExitStatus { StandardStream.fail("stopped: nothing was replaced") }

    /// Waits for a signal; returns whether it is one to stop.
    private static func isStopped(within time: timespec) -> Bool {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in stopSignals + [wakeSignal] { sigaddset(&set, signal) }
        var time = time
        return stopSignals.contains(sigtimedwait(&set, nil, &time))
    }

    /// Replaces the line on the terminal.
    private static func show(_ text: String) {
        guard isatty(StandardStream.error.rawValue) == 1 else { return }
        StandardStream.error.write("\r\u{1B}[K\(text)")
    }
}
