import Clocks
import Events
import Hub
import Reactor

/// The live socket's events for clients that missed some: in memory while a client follows them, and in the journal.
@ReactorActor
final class LiveEvents: IterationEndHandler {
    var tail = EventTail()
    let history: EventHistory
    private unowned let hub: Hub
    private let timers: TimerQueue
    private var streams: [ObjectIdentifier: EventStream] = [:]
    private var isWakeScheduled = false
    private var keepAliveTimer: TimerQueue.Token?
    private var isClosed = false

    /// Proxies and the web server end connections on which nothing happens.
    static let keepAliveInterval = Nanoseconds.seconds(10)

    init(hub: Hub, history: EventHistory, timers: TimerQueue) {
        self.hub = hub
        self.history = history
        self.timers = timers
    }

    var latestID: UInt64 { hub.latestID }
    var streamCount: Int { streams.count }

    func append(_ event: Event) {
        tail.append(event)
        guard !streams.isEmpty, !isWakeScheduled else { return }
        isWakeScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    func iterationEnded() {
        isWakeScheduled = false
        for stream in streams.values { stream.wake() }
    }

    func add(_ stream: EventStream) {
        streams[ObjectIdentifier(stream)] = stream
        if isClosed { stream.close() } else { scheduleKeepAlive() }
    }

    func remove(_ stream: EventStream) { streams[ObjectIdentifier(stream)] = nil }

    /// Ends all streams, so that they do not delay the shutdown.
    func close() {
        isClosed = true
        for stream in streams.values.map(\.self) { stream.close() }
    }

    private func scheduleKeepAlive() {
        guard keepAliveTimer == nil else { return }
        keepAliveTimer = timers.after(Self.keepAliveInterval) { [weak self] in
            guard let self else { return }
            keepAliveTimer = nil
            guard !streams.isEmpty else { return }
            for stream in streams.values { stream.keepAlive() }
            scheduleKeepAlive()
        }
    }
}
