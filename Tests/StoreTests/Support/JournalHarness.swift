import Clocks
import Reactor

@testable import Store

/// A real journal on the reactor with a clock of the test's own: time passes when the test says so, and the test waits
/// for what the journal tells, never for a while.
@ReactorActor
final class JournalHarness {
    let timers = TimerQueue(now: .seconds(1_000))
    let journal: Journal
    private(set) var events: [StoreEvent] = []
    private(set) var receipts: [CommitReceipt] = []
    private var unwritten: Int?
    private var waiting: [(condition: () -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    init(
        path: String, readLimits: JournalReadLimits = JournalReadLimits(),
        _ adjust: (inout JournalOptions) -> Void = { _ in }
    ) throws {
        var options = JournalOptions(path: path)
        // The samples are old; what is not about age should not lose them to it.
        options.retention = RetentionPolicy(days: nil)
        adjust(&options)
        journal = try Journal(options, readLimits: readLimits, timers: timers)
        journal.onEvent = { [weak self] notice in
            self?.events.append(notice)
            self?.check()
        }
        journal.onCommit = { [weak self] receipt in
            self?.receipts.append(receipt)
            self?.check()
        }
        journal.onChange = { [weak self] in self?.check() }
    }

    convenience init(
        _ folder: TemporaryFolder, readLimits: JournalReadLimits = JournalReadLimits(),
        _ adjust: (inout JournalOptions) -> Void = { _ in }
    ) throws {
        try self.init(path: folder.journal, readLimits: readLimits, adjust)
    }

    /// Lets time pass, and so the timers go off that have become due.
    func advance(by span: Nanoseconds = .zero) {
        timers.advance(to: timers.now + span)
    }

    /// Opens the journal, as the gateway does when it starts.
    func start() async -> JournalStart {
        advance()
        return await journal.start(within: .seconds(60))
    }

    /// Waits until the condition holds. It is looked at whenever the journal's threads have answered.
    func wait(until condition: @escaping () -> Bool) async {
        if condition() { return }
        await withCheckedContinuation { waiting.append((condition, $0)) }
    }

    /// Lets as much time pass as it takes.
    func advance(until condition: @escaping () -> Bool) async {
        while !condition() {
            advance(by: .milliseconds(50))
            await wait { [journal] in !journal.isWorking || condition() }
            await Task.yield()
        }
    }

    /// Closes the journal. Time stands still while the disk is at work.
    func close() async -> Int {
        let closing = Task { [self] in unwritten = await journal.close(within: .seconds(60)) }
        await advance { [self] in unwritten != nil }
        await closing.value
        return unwritten ?? 0
    }

    /// Closes the journal while time passes, whatever the disk is doing.
    func close(within limit: Nanoseconds) async -> Int {
        let closing = Task { [self] in unwritten = await journal.close(within: limit) }
        while unwritten == nil {
            advance(by: .seconds(1))
            await Task.yield()
        }
        await closing.value
        return unwritten ?? 0
    }

    private func check() {
        var rest: [(condition: () -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
        for waiter in waiting {
            if waiter.condition() { waiter.continuation.resume() } else { rest.append(waiter) }
        }
        waiting = rest
    }
}
