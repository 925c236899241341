import Clocks
import Reactor

/// Checks the database for damage soon after each opening, and then once a day.
@ReactorActor
final class StoreChecks {
    enum Result: String, CaseIterable {
        case sound
        case damaged
        case failed
    }

    /// Called after each check, with the damage that it has found.
    var onCompletion: ((String?) -> Void)?
    private(set) var counts: [Result: UInt64] = [:]
    /// What the last check has found.
    private(set) var damage: String?

    private let timers: TimerQueue
    private let cancellation: CancellationFlag
    private let worker: SerialWorker<StoreChecker>
    private var due: TimerQueue.Token?
    private var isChecking = false

    /// The start has other things to read first.
    static let delay = Nanoseconds.seconds(10)
    static let interval = Nanoseconds.seconds(86_400)

    init(path: String, timers: TimerQueue) throws(SystemError) {
        self.timers = timers
        let cancellation = CancellationFlag()
        self.cancellation = cancellation
        worker = try SerialWorker("store-check") { StoreChecker(path: path, isCancelled: cancellation) }
    }

    deinit {
        cancellation.set()
        worker.finish()
    }

    func storeWasOpened() {
        damage = nil
        schedule(after: Self.delay)
    }

    func close() {
        due.map(timers.cancel)
        due = nil
        cancellation.set()
        worker.finish()
    }

    private func schedule(after delay: Nanoseconds) {
        due.map(timers.cancel)
        due = timers.after(delay) { [weak self] in self?.check() }
    }

    private func check() {
        due = nil
        guard !isChecking else { return }
        isChecking = true
        worker.submit { [weak self] checker in
            let outcome = checker.check()
            ReactorExecutor.shared.post { [weak self] in self?.handle(outcome) }
        }
    }

    private func handle(_ outcome: StoreChecker.Outcome) {
        isChecking = false
        switch outcome {
        case .sound:
            counts[.sound, default: 0] += 1
            damage = nil
        case .damaged(let finding):
            counts[.damaged, default: 0] += 1
            damage = finding
        case .failed: counts[.failed, default: 0] += 1
        }
        onCompletion?(damage)
        if due == nil, !cancellation.isSet { schedule(after: Self.interval) }
    }
}
