import Clocks
import Reactor

@testable import Store

/// A real store on the reactor with a clock of the test's own.
@ReactorActor
final class RunStoreHarness {
    let timers = TimerQueue(now: .seconds(1_000))
    let store: RunStore

    init(path: String?, _ limits: RangeLimits = RangeLimits()) throws {
        store = try RunStore(path: path, limits: limits, timers: timers)
    }

    convenience init(_ folder: TemporaryFolder, _ limits: RangeLimits = RangeLimits()) throws {
        try self.init(path: folder.range, limits)
    }

    func advance(by span: Nanoseconds = .zero) { timers.advance(to: timers.now + span) }

    func start() async -> StoredRangeState? {
        advance()
        return await store.start(within: .seconds(60))
    }

    /// Waits until the condition holds, and lets time pass as it takes.
    func advance(until condition: () -> Bool) async {
        while !condition() {
            advance(by: .milliseconds(50))
            await Task.yield()
        }
    }

    func close() async -> Int {
        var left: Int?
        let closing = Task { @ReactorActor in left = await store.close(within: .seconds(60)) }
        // The closing itself has to begin before time passes.
        await Task.yield()
        while left == nil {
            advance()
            await Task.yield()
        }
        await closing.value
        return left ?? 0
    }
}

extension TemporaryFolder {
    var range: String { path + "/range.db" }
}

extension StoredRun {
    static func sample(
        _ number: Int64, state: String = "completed", shooter: String? = nil, stage: String? = nil,
        timer: String = "T1", body: String? = nil
    ) -> StoredRun {
        StoredRun(
            id: "run_\(number)", number: number, started: WallTime(nanoseconds: number * 1_000_000_000), timer: timer,
            shooter: shooter, stage: stage, state: state, body: Array((body ?? "{\"n\":\(number)}").utf8))
    }
}

extension RunPage {
    var texts: [String] { bodies.map { String(decoding: $0, as: UTF8.self) } }
}
