import Clocks
import Glibc
import Reactor
import Store

/// Writes one run after the other, as the gateway does: inputs, the run again and again as it grows, and at its end both
/// in one commit.
@ReactorActor
final class RangeSession: WritingSession {
    private let arguments: Arguments
    private let store: DataStore
    private var run: Int64 = 0
    private var input: Int64 = 0

    init(_ arguments: Arguments, _ store: DataStore) {
        self.arguments = arguments
        self.store = store
    }

    func run() async {
        let found = await store.start(within: .seconds(30)).state
        run = found?.lastRun ?? 0
        input = found?.lastInput ?? 0
        store.put(.deleteInputs(through: input))
        Output.line("start \(run)")
        for _ in 0..<arguments.commits {
            run += 1
            for shot in 1...4 {
                input += 1
                store.put(.input(number: input, body: Array("{\"run\":\(run),\"shot\":\(shot)}".utf8)))
                put("running", shots: shot)
                await waitForCommit()
            }
            put("completed", shots: 4)
            store.put(.deleteInputs(through: input))
            await waitForCommit()
            Output.line("through \(run)")
        }
        Output.line("closed \(await store.close(within: .seconds(30)))")
        exit(0)
    }

    private func put(_ state: String, shots: Int) {
        store.put(
            .run(
                StoredRun(
                    id: "run_\(run)", number: run, started: SystemClock.wall(), timer: "T", shooter: nil, stage: nil,
                    state: state, body: Array("{\"shots\":\(shots)}".utf8))))
    }

    /// Returns when everything is durable: reads follow the writes before them.
    private func waitForCommit() async {
        while true {
            do {
                _ = try await store.run("none")
                return
            } catch {}
            if case .degraded(let failure, _) = store.health {
                Output.line("degraded \(failure.reason.name)")
                FileSizeLimit.lift()
            }
            await withCheckedContinuation { continuation in
                EventLoop.shared.timers.after(.milliseconds(5)) { continuation.resume() }
            }
        }
    }
}
