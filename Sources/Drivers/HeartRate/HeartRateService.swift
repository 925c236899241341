import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Network
import Reactor
import Signals

/// Receives heart readings from all transports, publishes events and tracks the users.
@ReactorActor
package final class HeartRateService {
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let accepted: TransportCounters
    private let duplicates: TransportCounters
    private let log = ThrottledLog()
    private let timers: TimerQueue
    private let wall: @ReactorActor () -> WallTime
    private var pipeline: HeartPipeline
    private var echoes = HeartEchoFilter()
    private var receiver: DatagramReceiver?
    private var udp = UDPRules()
    private var hosts = HostNameCache()
    private var silenceTimer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// Users that have been reported as silent.
    private var silent: Set<HeartUser> = []
    package private(set) var smoothing: HeartSmoothing

    /// Called once when a user becomes silent.
    package var onUserSilent: ((HeartUser, Moment) -> Void)?
    /// Called for a new user, or one that was silent, before the reading is published.
    package var onUserAppeared: ((HeartEvent, HeartTransport, Moment) -> Void)?

    /// Which datagrams are accepted.
    package struct UDPRules: Sendable {
        /// Empty: datagrams of every host.
        package var sources: [IPNetwork]
        package var keys: HeartUserKeys

        package init(sources: [IPNetwork] = [], keys: HeartUserKeys = HeartUserKeys()) {
            self.sources = sources
            self.keys = keys
        }
    }

    /// - Parameter wall: the wall time at `timers.now`.
    package init(
        hub: Hub, smoothing: HeartSmoothing, limits: HeartUsers.Limits, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers, wall: (@ReactorActor () -> WallTime)? = nil
    ) {
        self.hub = hub
        self.timers = timers
        self.wall = wall ?? { SystemClock.wall() + (timers.now - SystemClock.monotonic()) }
        self.smoothing = smoothing
        self.metrics = metrics
        pipeline = HeartPipeline(smoothing: smoothing, limits: limits)
        accepted = TransportCounters(
            "leadville_heart_readings_total", "Heart readings accepted, by transport.", metrics)
        duplicates = TransportCounters(
            "leadville_heart_echoes_total", "Heart readings received by another transport before, by transport.",
            metrics)
        metrics.gauge("leadville_heart_users", "Users with heart readings.") { [weak self] in
            Double(self?.users.entries.count ?? 0)
        }
    }

    package var users: HeartUsers { pipeline.users }

    /// The event of the user's last reading.
    package func latestEvent(of user: HeartUser) -> Event? { users[user]?.latestEvent }

    package func listen(at endpoint: Endpoint) throws {
        receiver = try DatagramReceiver(at: endpoint, purpose: "heart boards (heart.udp_port)") {
            // The receiver is owned by this object and closed before it is released.
            [unowned self] in receive($0)
        }
        receiver?.sources = udp.sources
        receiver?.onForeignSource = { [unowned self] count, source in
            countDropped(count, from: source, "foreign_source", "not in heart.udp_sources")
        }
        receiver?.onDrop = { [unowned self] count, source in
            // A source sent more than its share of what this machine can process.
            countDropped(count, from: source, "over_share", "sends more than its share")
        }
        metrics.counter(Self.rejects, Self.rejectsHelp, ["reason": "socket_full"]) { [weak self] in
            self?.receiver?.droppedBySystem ?? 0
        }
    }

    private func countDropped(_ count: UInt64, from source: SocketAddress, _ reason: String, _ text: String) {
        metrics.counter(Self.rejects, Self.rejectsHelp, ["reason": reason]).add(Int(clamping: count))
        log.warning(
            reason, "Dropped \(count) datagrams: \(source) \(text)", ["SOURCE": source.host, "REASON": reason])
    }

    private static let rejects = "leadville_heart_refused_total"
    private static let rejectsHelp = "Heart readings rejected, by reason."

    package func close() {
        receiver?.close()
        receiver = nil
        cancelSilenceTimer()
    }

    package func apply(smoothing: HeartSmoothing, limits: HeartUsers.Limits) {
        self.smoothing = smoothing
        pipeline.apply(smoothing: smoothing, limits: limits)
        watchForSilence()
    }

    package func apply(_ rules: UDPRules) {
        udp = rules
        receiver?.sources = rules.sources
    }

    private func receive(_ datagram: Datagram) {
        let source = hosts.name(of: datagram.source)
        if datagram.isTruncated {
            reject("too_large", from: source, "it is longer than \(DatagramReceiver.maximumLength) bytes")
        } else {
            receive(datagram.bytes, from: source, at: .now())
        }
    }

    func receive(_ datagram: [UInt8], from source: String, at moment: Moment) {
        do throws(HeartReadingError) {
            let reading = try HeartReading(datagram: datagram)
            if !udp.keys.isEmpty, let rejected = udp.keys.reject(reading) {
                let problem = rejected == .missing ? "needs a key, and there is none" : "has another key"
                return reject(rejected.rawValue, from: source, "user \(reading.user) \(problem)")
            }
            receive(reading, from: source, by: .udp, at: moment)
        } catch {
            reject(error, from: source, by: .udp)
        }
    }

    /// Processes a reading from any transport. Duplicates from another transport count once.
    func receive(
        _ reading: HeartReading, from source: String, by transport: HeartTransport,
        family: DeviceFamily = .esp32Heart, at moment: Moment
    ) {
        let user = pipeline.find(reading.user)
        let isEcho = echoes.isEcho(reading, by: transport, at: moment.monotonic, lastSeen: user?.lastSeen)
        guard !isEcho else {
            duplicates[transport].add()
            return
        }
        do throws(HeartPipelineError) {
            // A board sends the same over its cable.
            let event =
                if udp.keys.isEmpty {
                    try pipeline.receive(
                        reading, from: source, family: family, known: user?.index, at: moment.monotonic)
                } else {
                    try pipeline.receive(
                        udp.keys.withoutKey(reading), from: source, family: family, known: user?.index,
                        at: moment.monotonic)
                }
            accepted[transport].add()
            let isBack = !silent.isEmpty && silent.remove(event.user) != nil
            if isBack { log.info("back", "User \(event.user) sends readings again", ["USER": "\(event.user)"]) }
            if isBack || user == nil { onUserAppeared?(event, transport, moment) }
            let body = EventBody.heart(event)
            let stamp = hub.publish(body, at: moment)
            pipeline.keep(Event(stamp: stamp, body: body), of: event.user, known: user?.index)
            // An earlier timer covers this user as well.
            guard let silenceTimer, silenceTimer.deadline <= moment.monotonic + pipeline.staleAfter else {
                return watchForSilence()
            }
        } catch {
            reject(error.rawValue, from: source, error == .tooManyUsers ? "too many users" : "the rate is not a number")
        }
    }

    /// Counts and logs an invalid reading.
    func reject(_ error: HeartReadingError, from source: String, by transport: HeartTransport) {
        reject(error.reason.rawValue, from: source, "\(error)", transport)
    }

    private func reject(
        _ reason: String, from source: String, _ text: String, _ transport: HeartTransport = .udp
    ) {
        metrics.counter(Self.rejects, Self.rejectsHelp, ["reason": reason]).add()
        log.warning(
            reason, "Invalid heart reading from \(source): \(text)",
            ["SOURCE": source, "REASON": reason])
    }

    // MARK: Silence

    /// One timer for all users, set for the next time at which a user may become silent.
    private func watchForSilence() {
        cancelSilenceTimer()
        guard let next = users.nextChange(after: timers.now) else { return }
        silenceTimer = (next, timers.at(next) { [weak self] in self?.checkForSilence() })
    }

    private func cancelSilenceTimer() {
        if let silenceTimer { timers.cancel(silenceTimer.token) }
        silenceTimer = nil
    }

    private func checkForSilence() {
        let now = timers.now
        for entry in users.entries where users.isStale(entry, at: now) && silent.insert(entry.user).inserted {
            log.info("silent", "User \(entry.user) is silent", ["USER": "\(entry.user)"])
            let moment = Moment(monotonic: now, wall: wall())
            let event = HeartSilenceEvent(
                user: entry.user, device: entry.device, silence: now - entry.lastSeen)
            hub.publish(.heartSilence(event), at: moment)
            onUserSilent?(entry.user, moment)
        }
        for user in pipeline.forgetSilentUsers(at: now) {
            log.info("removed", "User \(user) is removed", ["USER": "\(user)"])
        }
        // Users may also have been evicted meanwhile.
        silent = silent.filter { users.lastSeen(of: $0) != nil }
        watchForSilence()
    }
}

/// One counter per transport.
@ReactorActor
private struct TransportCounters {
    private let udp: Counter
    private let serial: Counter
    private let bluetooth: Counter

    init(_ name: String, _ help: String, _ metrics: MetricsRegistry) {
        udp = metrics.counter(name, help, ["transport": HeartTransport.udp.rawValue])
        serial = metrics.counter(name, help, ["transport": HeartTransport.serial.rawValue])
        bluetooth = metrics.counter(name, help, ["transport": HeartTransport.bluetooth.rawValue])
    }

    subscript(transport: HeartTransport) -> Counter {
        switch transport {
        case .udp: udp
        case .serial: serial
        case .bluetooth: bluetooth
        }
    }
}
