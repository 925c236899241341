import Clocks
import Glibc
import Logging
import Reactor
import Store
import Web

/// The tokens of a running gateway, which follows changes of their file by the command `token`.
@ReactorActor
package final class TokenService: DescriptorHandler {
    private let file: TokenFile
    private let access: AccessControl
    private let worker: SerialWorker<TokenFile>
    private let timers: TimerQueue
    private var watch: EventLoop.Watch?
    private var notifier: Int32 = -1
    package private(set) var table = TokenTable()
    /// When tokens were used since the file was written.
    private var uses: [String: WallTime] = [:]
    private var writeTimer: TimerQueue.Token?

    /// The time of the last use is written at most this often, to spare the disk.
    private static let usePrecision = Nanoseconds.seconds(600)

    package init(_ file: TokenFile, _ access: AccessControl, timers: TimerQueue = EventLoop.shared.timers) throws {
        self.file = file
        self.access = access
        self.timers = timers
        worker = try SerialWorker("tokens") { file }
        access.onUse = { [weak self] in self?.recordUse(of: $0) }
        // A few kilobytes, before any port is open.
        use(Result { try file.read() })
    }

    /// Watches the file, and no longer than until `close`.
    package func start() {
        do {
            notifier = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
            guard notifier >= 0 else { throw SystemError("inotify_init1") }
            guard inotify_add_watch(notifier, file.directory, UInt32(IN_MOVED_TO | IN_DELETE)) >= 0 else {
                throw SystemError("inotify_add_watch \(file.directory)")
            }
            watch = try EventLoop.shared.watch(notifier, for: .readable, handler: self)
            // What happened since it was read.
            reload()
        } catch {
            Log.warning(
                "Tokens: the file cannot be watched (\(error)); changes by the command token apply after a reload")
        }
    }

    package func close() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        if notifier >= 0 { Glibc.close(notifier) }
        notifier = -1
        writeUses()
        worker.finish()
    }

    package func descriptorIsReady(_: Readiness) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while read(notifier, &buffer, buffer.count) > 0 {}
        reload()
    }

    /// Reads the file again.
    package func reload() {
        worker.submit { file in
            let result = Result { try file.read() }
            ReactorExecutor.shared.post { [weak self] in self?.use(result) }
        }
    }

    private func use(_ result: Result<TokenTable, any Error>) {
        switch result {
        case .success(let new):
            let before = table
            table = new
            for (id, time) in uses { table.recordUse(of: id, at: time) }
            access.use(table)
            log(from: before, to: new)
        case .failure(let error):
            Log.error("Tokens cannot be read, so only that of the configuration is admitted: \(error)")
            access.use(nil)
        }
    }

    private func log(from before: TokenTable, to after: TokenTable) {
        let known = Set(before.records.map(\.id))
        for record in after.records where !known.contains(record.id) {
            Log.info("Token \(record.name) (\(record.id)) with the role \(record.role.rawValue) is admitted")
        }
        let left = Set(after.records.map(\.id))
        for record in before.records where !left.contains(record.id) {
            Log.info("Token \(record.name) (\(record.id)) was revoked")
        }
    }

    // MARK: Changes

    /// Makes a token; the answer is its text, which is not kept.
    package func add(_ name: String, _ role: AccessRole) async throws -> (NewToken, TokenRecord) {
        try await perform { try $0.add(name, role, at: SystemClock.wall()) }
    }

    /// Returns nil if there is no such token.
    package func revoke(_ id: String) async throws -> TokenRecord? {
        try await perform { try $0.revoke(id) }
    }

    /// Changes the file, and applies the change before the call returns.
    private func perform<Answer: Sendable>(
        _ change: @escaping @Sendable (TokenFile) throws -> Answer
    ) async throws -> Answer {
        let (answer, table) = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<(Answer, TokenTable), any Error>) in
            let isAccepted = worker.submit { file in
                continuation.resume(with: Result { (try change(file), try file.read()) })
            }
            if !isAccepted { continuation.resume(throwing: CancellationError()) }
        }
        use(.success(table))
        return answer
    }

    // MARK: Uses

    private func recordUse(of id: String) {
        let now = SystemClock.wall()
        let stored = table.records.first { $0.id == id }?.lastUsed
        table.recordUse(of: id, at: now)
        let isNew = uses[id] == nil
        uses[id] = now
        guard isNew, writeTimer == nil else { return }
        let delay = stored == nil ? Nanoseconds.seconds(5) : Self.usePrecision
        writeTimer = timers.after(delay) { [weak self] in
            self?.writeTimer = nil
            self?.writeUses()
        }
    }

    private func writeUses() {
        writeTimer.take().map(timers.cancel)
        let written = uses.filter { id, _ in table.records.contains { $0.id == id } }
        uses = [:]
        guard !written.isEmpty else { return }
        worker.submit { file in
            do {
                try file.record(uses: written)
            } catch {
                Log.warning("The last use of tokens was not stored: \(error)")
            }
        }
    }
}
