import CMosquitto
import Clocks
import Glibc
import Reactor

/// A connection to a broker that is set up again for ever. It has a thread of its own, because the library resolves names and
/// connects with calls that block.
@ReactorActor
package final class MQTTConnection: QueuedWorker {
    package var onStatus: (MQTTStatus) -> Void = { _ in }
    package var onMessage: (MQTTMessage, Moment) -> Void = { _, _ in }
    package private(set) var status: MQTTStatus

    private let settings: MQTTSettings
    private let mailbox: MQTTMailbox
    private var isRunning = false
    private var isClosed = false
    private var closing: CheckedContinuation<Void, Never>?

    package init(_ settings: MQTTSettings) throws(SystemError) {
        self.settings = settings
        mailbox = try MQTTMailbox(settings.limits)
        status = MQTTStatus(.connecting, since: SystemClock.wall())
    }

    package func start() {
        isRunning = true
        let thread = MQTTThread(settings, mailbox) { [weak self] status in
            ReactorExecutor.shared.post { self?.update(status) }
        } fetch: { [weak self] in
            ReactorExecutor.shared.post { self?.schedule() }
        } ended: { [weak self] in
            ReactorExecutor.shared.post { self?.threadEnded() }
        }
        NamedThread.start("mqtt") { thread.run() }
    }

    /// Sends what is waiting and ends the connection. Returns when that is done, or after `limit`.
    package func close(within limit: Nanoseconds) async {
        guard isRunning, !isClosed else { return }
        isClosed = true
        mailbox.stop()
        let timer = EventLoop.shared.timers.after(limit) { [weak self] in self?.threadEnded() }
        await withCheckedContinuation { closing = $0 }
        EventLoop.shared.timers.cancel(timer)
    }

    private func threadEnded() {
        isRunning = false
        closing.take()?.resume()
    }

    /// Returns false when there is no connection, or too much waits already.
    @discardableResult
    package func send(_ message: MQTTMessage) -> Bool { mailbox.send(message) }

    /// Messages that were dropped because the reactor did not keep up.
    package var droppedIncoming: Int { mailbox.counters.droppedIncoming }
    package var tooLong: Int { mailbox.counters.tooLong }
    /// Messages that were dropped because the broker did not keep up.
    package var droppedOutgoing: Int { mailbox.counters.droppedOutgoing }
    package var unsupportedOutgoing: Int { mailbox.counters.unsupportedOutgoing }

    private func update(_ status: MQTTStatus) {
        guard !isClosed else { return }
        self.status = status
        onStatus(status)
    }

    // MARK: Messages

    private func schedule() { EventLoop.shared.workQueue.add(self) }

    /// One message: reading a long one takes milliseconds.
    package func performShare() {
        let (incoming, hasMore) = mailbox.fetch()
        if let incoming, !isClosed { onMessage(incoming.message, incoming.arrived) }
        if hasMore { schedule() }
    }
}

/// What the connection's thread does: connect, serve, wait, and again.
struct MQTTThread: Sendable {
    private let settings: MQTTSettings
    private let mailbox: MQTTMailbox
    private let report: @Sendable (MQTTStatus) -> Void
    private let fetch: @Sendable () -> Void
    private let ended: @Sendable () -> Void

    /// How often the library checks whether the connection is alive.
    private static let maintenanceInterval = Nanoseconds.seconds(1)
    /// How long the broker may take to confirm the last messages.
    private static let confirmationTimeout = Nanoseconds.seconds(1)
    /// After a connection of this length the first retry follows soon.
    private static let stableAfter = Nanoseconds.seconds(10)
    /// The maximum number of packets received before pending ones are sent.
    private static let packetsPerIteration = 32

    init(
        _ settings: MQTTSettings, _ mailbox: MQTTMailbox, report: @escaping @Sendable (MQTTStatus) -> Void,
        fetch: @escaping @Sendable () -> Void, ended: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.mailbox = mailbox
        self.report = report
        self.fetch = fetch
        self.ended = ended
    }

    func run() {
        mosquitto_lib_init()
        var backoff = Backoff(first: settings.firstRetryDelay, limit: settings.maximumRetryDelay)
        var client: MQTTClient?
        var failure: MQTTFailure?
        while !mailbox.isStopping {
            var status = MQTTStatus(.connecting, since: SystemClock.wall())
            (status.failure, status.failures) = (failure, backoff.failures)
            report(status)
            var accepted: MonotonicTime?
            do throws(MQTTFailure) {
                let present = if let client { client } else { try makeClient() }
                client = present
                try serve(present) { accepted = SystemClock.monotonic() }
            } catch {
                failure = error
            }
            mailbox.setConnected(false)
            if client?.fallBack() == true { continue }
            if let accepted, SystemClock.monotonic() - accepted >= Self.stableAfter { backoff.reset() }
            guard !mailbox.isStopping else { break }
            let delay = backoff.nextDelay()
            status = MQTTStatus(.waiting, since: SystemClock.wall())
            (status.failure, status.failures, status.retryDelay) = (failure, backoff.failures, delay)
            report(status)
            wait(for: delay)
        }
        // The client is destroyed on its own thread.
        client = nil
        ended()
    }

    private func makeClient() throws(MQTTFailure) -> MQTTClient {
        let client = try MQTTClient(settings)
        client.onMessage = { message in
            if mailbox.receive(message, at: .now()) { fetch() }
        }
        client.onTooLong = { mailbox.rejectTooLong() }
        return client
    }

    /// Returns when the gateway stops; otherwise throws why the connection ended.
    private func serve(_ client: MQTTClient, accepted: () -> Void) throws(MQTTFailure) {
        let began = SystemClock.monotonic()
        try client.connect()
        var isConnected = false
        var reportedRejection = false
        var maintained = began
        while true {
            if mailbox.isStopping {
                return try finish(client, isConnected: isConnected)
            }
            do throws(MQTTFailure) {
                try exchange(client, isConnected: isConnected)
                let now = SystemClock.monotonic()
                if now - maintained >= Self.maintenanceInterval {
                    maintained = now
                    try client.maintain()
                }
            } catch {
                if let code = client.answer, code != 0 { throw MQTTFailure(rejection: code) }
                if let code = client.disconnection { throw MQTTFailure(disconnection: code) }
                throw error
            }
            if !isConnected, client.answer == 0 {
                isConnected = true
                try client.subscribe()
                mailbox.setConnected(true)
                accepted()
                reportConnected(client)
            } else if !isConnected, SystemClock.monotonic() - began > settings.timeout {
                throw MQTTFailure(.timedOut, "\(settings.address) accepts connections, but does not answer")
            }
            if client.subscriptionWasRejected, !reportedRejection {
                reportedRejection = true
                reportConnected(client)
            }
        }
    }

    /// Disconnects when the broker has confirmed all messages: those that wait in the library would be lost. If the broker takes
    /// too long, the connection breaks, so that the broker publishes the last will.
    private func finish(_ client: MQTTClient, isConnected: Bool) throws(MQTTFailure) {
        guard isConnected else { return client.disconnect() }
        try publishOutgoing(client)
        let end = SystemClock.monotonic() + Self.confirmationTimeout
        while !client.unconfirmed.isEmpty {
            guard SystemClock.monotonic() < end else { return }
            try exchange(client, isConnected: true)
        }
        client.disconnect()
    }

    private func reportConnected(_ client: MQTTClient) {
        var status = MQTTStatus(.connected, since: SystemClock.wall())
        status.sessionWasPresent = client.sessionWasPresent
        if client.subscriptionWasRejected {
            let filters = settings.subscriptions.map(\.filter).joined(separator: ", ")
            status.failure = MQTTFailure(
                .subscriptionRejected, "the broker does not allow the gateway to receive from \(filters)")
        }
        report(status)
    }

    /// Waits until something can be received or sent, and does so.
    private func exchange(_ client: MQTTClient, isConnected: Bool) throws(MQTTFailure) {
        guard let socket = client.socket else { throw client.closed }
        let reads = mailbox.hasRoom() || !isConnected || mayDrop
        let mustRead = reads && client.mayHaveInput
        var descriptors = [
            pollfd(
                fd: socket, events: Int16(reads ? POLLIN : 0) | Int16(client.wantsToWrite ? POLLOUT : 0), revents: 0),
            pollfd(fd: mailbox.wakeUp, events: Int16(POLLIN), revents: 0),
        ]
        let timeout = Int32(Self.maintenanceInterval.count / 1_000_000 / (isConnected ? 1 : 10))
        poll(&descriptors, 2, mustRead ? 0 : timeout)
        if descriptors[1].revents != 0 { drainWakeUp() }
        if mustRead || descriptors[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { try receive(client) }
        if descriptors[0].revents & Int16(POLLOUT) != 0 { try isConnected ? client.write() : writeOrHandshake(client) }
        // What the broker does not take yet stays in the mailbox, whose size is limited.
        if isConnected, !client.wantsToWrite { try publishOutgoing(client) }
    }

    private func publishOutgoing(_ client: MQTTClient) throws(MQTTFailure) {
        for message in mailbox.drainOutgoing() where try !client.publish(message) { mailbox.rejectOutgoing() }
    }

    /// The handshake of TLS continues with a read, even when it has something to write.
    private func writeOrHandshake(_ client: MQTTClient) throws(MQTTFailure) {
        try client.read()
        try client.write()
    }

    private func receive(_ client: MQTTClient) throws(MQTTFailure) {
        // The confirmations of these packets go out together: each segment costs as much as receiving a message.
        client.joinSends(true)
        defer { client.joinSends(false) }
        for _ in 0..<Self.packetsPerIteration {
            guard try client.read(), mailbox.hasRoom() || mayDrop else { return }
        }
    }

    /// Messages that may be lost are read and dropped when the reactor does not keep up; for others the broker has to wait.
    private var mayDrop: Bool { settings.subscriptions.allSatisfy { $0.quality == .atMostOnce } }

    private func wait(for delay: Nanoseconds) {
        let end = SystemClock.monotonic() + delay
        while !mailbox.isStopping {
            let left = end - SystemClock.monotonic()
            guard left > .zero else { return }
            var descriptor = pollfd(fd: mailbox.wakeUp, events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, Int32(clamping: left.count / 1_000_000 + 1))
            if descriptor.revents != 0 { drainWakeUp() }
        }
    }

    private func drainWakeUp() {
        var count: UInt64 = 0
        _ = Glibc.read(mailbox.wakeUp, &count, MemoryLayout.size(ofValue: count))
    }
}
