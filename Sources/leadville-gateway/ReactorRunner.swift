import Reactor

/// Runs something that belongs on the reactor, and ends the loop when it is done.
enum ReactorRunner {
    static func run<Result: Sendable>(_ body: @escaping @ReactorActor @Sendable () async -> Result) -> Result {
        let place = ResultBox<Result>()
        ReactorExecutor.shared.runOnThisThread {
            Task { @ReactorActor in
                place.result = await body()
                EventLoop.shared.stop()
            }
        }
        guard let result = place.result else { preconditionFailure("the loop has ended before its only task") }
        return result
    }

    /// Written on the reactor, which is this very thread, and read when the reactor has ended.
    private final class ResultBox<Result: Sendable>: Sendable {
        nonisolated(unsafe) var result: Result?
    }
}
