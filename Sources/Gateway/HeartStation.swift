import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Network
import Reactor
import Signals
import Surfaces

/// Takes what the heart boards send, and keeps the users' signals.
@ReactorActor
final class HeartStation: HeartRecords {
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let accepted: Counter
    private let log = ThrottledLog()
    private var pipeline: HeartPipeline
    private var receiver: DatagramReceiver?
    private var silenceTimer: TimerQueue.Token?
    /// Users whose silence everybody has been told of.
    private var silent: Set<HeartUser> = []
    private(set) var smoothing: HeartSmoothing

    /// Told once when a user falls silent.
    var userFellSilent: ((HeartUser, Nanoseconds) -> Void)?

    init(hub: Hub, smoothing: HeartSmoothing, limits: HeartUsers.Limits, metrics: MetricsRegistry) {
        self.hub = hub
        self.smoothing = smoothing
        self.metrics = metrics
        pipeline = HeartPipeline(smoothing: smoothing, limits: limits)
        accepted = metrics.counter(
            "leadville_heart_readings_total", "Heart readings accepted, by transport.", ["transport": "udp"])
        metrics.gauge("leadville_heart_users", "Users whose heart has been heard.") { [weak self] in
            Double(self?.users.entries.count ?? 0)
        }
    }

    var users: HeartUsers { pipeline.users }

    func listen(at endpoint: Endpoint) throws {
        receiver = try DatagramReceiver(at: endpoint, purpose: "heart boards (heart.udp_port)") { [weak self] in
            self?.take($0)
        }
    }

    func close() {
        receiver?.close()
        receiver = nil
        silenceTimer.map(EventLoop.shared.timers.cancel)
    }

    func apply(smoothing: HeartSmoothing, limits: HeartUsers.Limits) {
        self.smoothing = smoothing
        pipeline.apply(smoothing: smoothing, limits: limits)
        silenceTimer.map(EventLoop.shared.timers.cancel)
        watchForSilence()
    }

    private func take(_ datagram: borrowing Datagram) {
        let moment = Moment.now()
        let source = datagram.source.host
        guard !datagram.truncated else { return refuse("too_large", from: source, "it is too large") }
        do throws(HeartRefusal) {
            let reading = try HeartReading(datagram: datagram.bytes)
            take(reading, from: source, at: moment)
        } catch {
            refuse(error.reason.rawValue, from: source, "\(error)")
        }
    }

    private func take(_ reading: HeartReading, from source: String, at moment: Moment) {
        do throws(HeartPipelineRefusal) {
            let event = try pipeline.receive(reading, from: source, at: moment.monotonic)
            accepted.add()
            if silent.remove(event.user) != nil { Log.info("User \(event.user) is heard again") }
            hub.publish(.heart(event), at: moment)
            if silenceTimer == nil { watchForSilence() }
        } catch {
            refuse(error.rawValue, from: source, error == .tooManyUsers ? "there are too many users" : "no number")
        }
    }

    private func refuse(_ reason: String, from source: String, _ text: String) {
        metrics.counter("leadville_heart_refused_total", "Heart readings refused, by reason.", ["reason": reason]).add()
        log.warning(reason, "A datagram from \(source) is no heart reading: \(text)")
    }

    // MARK: Silence

    /// One timer for all users: it is set for the next moment at which somebody may have been silent for too long.
    private func watchForSilence() {
        silenceTimer = nil
        let timers = EventLoop.shared.timers
        guard let next = users.nextChange(after: timers.now) else { return }
        silenceTimer = timers.at(next) { [weak self] in self?.lookForSilence() }
    }

    private func lookForSilence() {
        let now = EventLoop.shared.timers.now
        for entry in users.entries where users.isStale(entry, at: now) && silent.insert(entry.user).inserted {
            Log.info("User \(entry.user) has fallen silent")
            userFellSilent?(entry.user, now - entry.lastHeard)
        }
        for user in pipeline.forgetSilentUsers(at: now) {
            silent.remove(user)
            Log.info("User \(user) is forgotten")
        }
        watchForSilence()
    }
}
