import Clocks
import Reactor

@testable import Store

/// A real store on the reactor with a simulated clock: a test advances the time, and waits for what the store reports,
/// never for a while.
@ReactorActor
final class StoreHarness {
    let timers = TimerQueue(now: .seconds(1_000))
    let store: DataStore
    private(set) var events: [StoreEvent] = []
    private(set) var receipts: [CommitReceipt] = []
    private var waiting: [(condition: () -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    init(path: String?, _ adjust: (inout StoreOptions) -> Void = { _ in }) throws {
        var options = StoreOptions(path: path)
        // The samples are old; tests that are not about age should not lose them to it.
        options.retention = RetentionPolicy(days: nil)
        adjust(&options)
        store = try DataStore(options, timers: timers)
        store.onEvent = { [weak self] event in
            self?.events.append(event)
            self?.check()
        }
        store.onCommit = { [weak self] receipt in
            self?.receipts.append(receipt)
            self?.check()
        }
        store.onChange = { [weak self] in self?.check() }
    }

    convenience init(_ folder: TemporaryFolder, _ adjust: (inout StoreOptions) -> Void = { _ in }) throws {
        try self.init(path: folder.database, adjust)
    }

    /// The latest of the events that describe an opened database.
    var opened: OpenedStore? {
        events.reversed().lazy.compactMap { if case .opened(let opened) = $0 { opened } else { nil } }.first
    }

    /// Advances the time, which fires the timers that are due.
    func advance(by span: Nanoseconds = .zero) {
        timers.advance(to: timers.now + span)
    }

    /// Opens the store, as the gateway does when it starts.
    func start() async -> StoreStart {
        await whileTimeStands { await $0.start(within: .seconds(60)) }
    }

    /// Waits until the condition holds. It is checked whenever the store's threads have answered.
    func wait(until condition: @escaping () -> Bool) async {
        if condition() { return }
        await withCheckedContinuation { waiting.append((condition, $0)) }
    }

    /// Advances the time until the condition holds. Time stands still while the disk is at work.
    func advance(until condition: @escaping () -> Bool) async {
        while !condition() {
            advance(by: .milliseconds(50))
            await wait { [store] in !store.isWorking || condition() }
            await Task.yield()
        }
    }

    /// Closes the store. Time stands still while the disk is at work.
    func close() async -> Int {
        await whileTimeStands { await $0.close(within: .seconds(60)) }
    }

    /// Closes the store while time passes, whatever the disk is doing.
    func close(within limit: Nanoseconds) async -> Int {
        await whileTimeStands(butFor: .seconds(1)) { await $0.close(within: limit) }
    }

    private func whileTimeStands<Result: Sendable>(
        butFor step: Nanoseconds = .zero, _ body: @escaping @ReactorActor (DataStore) async -> Result
    ) async -> Result {
        var result: Result?
        let task = Task { @ReactorActor [store] in result = await body(store) }
        // The body has to begin before time passes.
        await Task.yield()
        while true {
            if let result {
                await task.value
                return result
            }
            advance(by: step)
            await Task.yield()
        }
    }

    private func check() {
        var rest: [(condition: () -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
        for waiter in waiting {
            if waiter.condition() { waiter.continuation.resume() } else { rest.append(waiter) }
        }
        waiting = rest
    }
}
