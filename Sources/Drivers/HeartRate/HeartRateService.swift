import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Network
import Reactor
import Signals

/// Takes what the heart boards send, and keeps the users' signals.
@ReactorActor
package final class HeartRateService {
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let accepted: TransportCounters
    private let duplicates: TransportCounters
    private let log = ThrottledLog()
    private let timers: TimerQueue
    private var pipeline: HeartPipeline
    private var echoes = HeartEchoFilter()
    private var receiver: DatagramReceiver?
    private var hosts = HostNameCache()
    private var silenceTimer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// Users whose silence everybody has been told of.
    private var silent: Set<HeartUser> = []
    package private(set) var smoothing: HeartSmoothing

    /// Told once when a user falls silent.
    package var onUserSilent: ((HeartUser, Nanoseconds) -> Void)?
    /// Told when a user is heard for the first time, or again after a silence, just before the reading is told.
    package var onUserAppeared: ((HeartEvent, HeartTransport, Moment) -> Void)?

    package init(
        hub: Hub, smoothing: HeartSmoothing, limits: HeartUsers.Limits, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.hub = hub
        self.timers = timers
        self.smoothing = smoothing
        self.metrics = metrics
        pipeline = HeartPipeline(smoothing: smoothing, limits: limits)
        accepted = TransportCounters(
            "leadville_heart_readings_total", "Heart readings accepted, by transport.", metrics)
        duplicates = TransportCounters(
            "leadville_heart_echoes_total", "Heart readings that had come by the other transport already.", metrics)
        metrics.gauge("leadville_heart_users", "Users whose heart has been heard.") { [weak self] in
            Double(self?.users.entries.count ?? 0)
        }
    }

    package var users: HeartUsers { pipeline.users }

    package func listen(at endpoint: Endpoint) throws {
        receiver = try DatagramReceiver(at: endpoint, purpose: "heart boards (heart.udp_port)") {
            // The receiver is the station's own, and is closed before the station goes.
            [unowned self] datagram in
            let source = hosts.name(of: datagram.source)
            if datagram.isTruncated {
                reject("too_large", from: source, "it is longer than \(DatagramReceiver.maximumLength) bytes")
            } else {
                receive(datagram.bytes, from: source, at: .now())
            }
        }
    }

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

    /// Takes a datagram, as it came, at the moment at which it came.
    func receive(_ datagram: [UInt8], from source: String, at moment: Moment) {
        do throws(HeartReadingError) {
            receive(try HeartReading(datagram: datagram), from: source, by: .udp, at: moment)
        } catch {
            reject(error, from: source, by: .udp)
        }
    }

    /// Takes a reading, by whichever way it came. What has come by another way before counts once.
    func receive(
        _ reading: HeartReading, from source: String, by transport: HeartTransport,
        family: DeviceFamily = .esp32Heart, at moment: Moment
    ) {
        let lastHeard = users[reading.user]?.lastHeard
        let isEcho = echoes.isEcho(reading, by: transport, at: moment.monotonic, lastSeen: lastHeard)
        guard !isEcho else {
            duplicates[transport].add()
            return
        }
        do throws(HeartPipelineError) {
            let event = try pipeline.receive(reading, from: source, family: family, at: moment.monotonic)
            accepted[transport].add()
            let isBack = !silent.isEmpty && silent.remove(event.user) != nil
            if isBack { Log.info("User \(event.user) is heard again", ["USER": "\(event.user)"]) }
            if isBack || lastHeard == nil { onUserAppeared?(event, transport, moment) }
            let body = EventBody.heart(event)
            pipeline.storeLatest(Event(stamp: hub.publish(body, at: moment), body: body))
            // A timer that is due before this user can fall silent looks after them as well.
            guard let silenceTimer, silenceTimer.deadline <= moment.monotonic + pipeline.users.limits.staleAfter else {
                return watchForSilence()
            }
        } catch {
            reject(error.rawValue, from: source, error == .tooManyUsers ? "there are too many users" : "no number")
        }
    }

    /// Counts what should have been a reading, and says so.
    func reject(_ refusal: HeartReadingError, from source: String, by transport: HeartTransport) {
        reject(refusal.reason.rawValue, from: source, "\(refusal)", transport)
    }

    private func reject(
        _ reason: String, from source: String, _ text: String, _ transport: HeartTransport = .udp
    ) {
        metrics.counter("leadville_heart_refused_total", "Heart readings refused, by reason.", ["reason": reason]).add()
        log.warning(
            reason, "\(transport == .udp ? "A datagram" : "What came") from \(source) is no heart reading: \(text)",
            ["SOURCE": source, "REASON": reason])
    }

    // MARK: Silence

    /// One timer for all users: it is set for the next moment at which somebody may have been silent for too long.
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
            Log.info("User \(entry.user) has fallen silent", ["USER": "\(entry.user)"])
            onUserSilent?(entry.user, now - entry.lastHeard)
        }
        for user in pipeline.forgetSilentUsers(at: now) {
            Log.info("User \(user) is forgotten", ["USER": "\(user)"])
        }
        // Users may also have lost their place to others meanwhile.
        silent = silent.filter { users[$0] != nil }
        watchForSilence()
    }
}

/// A counter for each way by which readings come.
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
