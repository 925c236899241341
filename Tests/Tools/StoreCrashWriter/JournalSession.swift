import Clocks
import Glibc
import Reactor
import Store

/// Appends events on a timer.
@ReactorActor
final class JournalSession: WritingSession {
    private let arguments: Arguments
    private let store: DataStore
    private var sequence: Int64 = 0
    private var commits = 0
    private var failures = 0
    private var isClosing = false

    static func options(_ arguments: Arguments) -> StoreOptions {
        var options = StoreOptions(path: arguments.path)
        // Small groups and short delays, so that much happens in little time.
        options.batching.maximumDelay = .milliseconds(3)
        options.batching.fullBatch = 16
        options.maintenance.interval = .milliseconds(50)
        options.maintenance.idleDelay = .milliseconds(20)
        options.initialRetryDelay = .milliseconds(5)
        return options
    }

    init(_ arguments: Arguments, _ store: DataStore) {
        self.arguments = arguments
        self.store = store
    }

    func run() async {
        store.onEvent = { [self] in handle($0) }
        store.onCommit = { [self] in recordCommit($0) }
        sequence = await store.start(within: .seconds(30)).resumeSequence
        Output.line("start \(sequence)")
        appendEntries()
    }

    /// A few entries each millisecond, some of them urgent.
    private func appendEntries() {
        guard !isClosing else { return }
        for _ in 0..<4 {
            sequence += 1
            let body = Array("{\"id\":\(sequence),\"user\":1,\"bpm\":76,\"status\":\"ok\"}".utf8)
            let entry = JournalEntry(
                sequence: sequence, time: SystemClock.wall(), kind: "heart_rate", source: "esp32/heart/1", body: body)
            store.append(entry, sequence.isMultiple(of: 37) ? .urgent : .telemetry)
        }
        EventLoop.shared.timers.after(.milliseconds(1)) { [self] in appendEntries() }
    }

    private func recordCommit(_ receipt: CommitReceipt) {
        guard let through = receipt.through, !isClosing else { return }
        Output.line("through \(through)")
        commits += 1
        guard commits >= arguments.commits else { return }
        isClosing = true
        Task {
            Output.line("closed \(await store.close(within: .seconds(30)))")
            exit(0)
        }
    }

    private func handle(_ event: StoreEvent) {
        switch event {
        case .degraded(let failure, _):
            Output.line("degraded \(failure.reason.name)")
        case .stillDegraded:
            failures += 1
            if failures == 1 { FileSizeLimit.lift() }
        case .recovered:
            Output.line("recovered")
        default: break
        }
    }
}

/// Standard output without a buffer, so that nothing is lost when the process is killed.
enum Output {
    static func line(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
